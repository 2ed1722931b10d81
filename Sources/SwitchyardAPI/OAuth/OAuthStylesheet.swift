/// The looks of the authorization page: the reader's own fonts, light or dark as the system is, wide enough for a thumb.
enum OAuthStylesheet {
    static let text = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #59657a; --page: #eef1f5; --card: #fff; --line: #8894a8;
          --main: #0b5cad; --on-main: #fff; --fault: #a3122a; --warning: #7a4b00; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e8ecf2; --soft: #a9b4c6; --page: #12161c; --card: #1c222b; --line: #77849a;
            --main: #7fbaf5; --on-main: #0b1a2a; --fault: #ff9aa8; --warning: #ffd08a; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
          background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
        main { width: 100%; max-width: 26rem; padding: 1.75rem; border-radius: .75rem; background: var(--card);
          overflow-wrap: anywhere; }
        h1 { margin: 0 0 .5rem; font-size: 1.35rem; font-weight: 500; line-height: 1.3; }
        p { margin: 0 0 1.1rem; }
        label { display: block; font-weight: 600; }
        input { width: 100%; margin-top: .25rem; padding: .65rem .75rem; border: 1px solid var(--line);
          border-radius: .4rem; background: var(--card); color: var(--ink); font: inherit; }
        small { color: var(--soft); }
        .choice { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; }
        button { flex: 1 1 auto; padding: .7rem 1rem; border: 1px solid var(--main); border-radius: .4rem;
          background: var(--card); color: var(--main); font: inherit; font-weight: 600; cursor: pointer; }
        button[value=allow] { flex-grow: 2; background: var(--main); color: var(--on-main); }
        :focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
        .fault { color: var(--fault); font-weight: 600; }
        .warning { color: var(--warning); }

        """
}

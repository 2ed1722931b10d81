/// One change of the schema: an SQL file of `sqlite/`, as it stands in the binary.
package struct Migration: Hashable, Sendable {
    /// The name of the file without its extension, `vNNNN_<what>`.
    package let name: String
    /// The bytes of the file.
    package let sql: [UInt8]
    /// The SHA-256 of the file in hex, written down when the migration was released: a test compares it with the file,
    /// so that nobody changes a migration that databases have already run.
    package let frozenSHA256: String
}

/// The schema's migrations, oldest first.
///
/// The files in `sqlite/` are the only source of the schema.
///
/// How to add one: `README.md` in this folder.
package enum Migrations {
    package static let all = [
        Migration(
            name: "v0001_schemaMigration",
            sql: PackageResources.v0001_schemaMigration_sql,
            frozenSHA256: "e8278e91182ded8dffebaf803b90c39acdec167f39627f5e4b7fea02986e9935"
        ),
        Migration(
            name: "v0002_account",
            sql: PackageResources.v0002_account_sql,
            frozenSHA256: "e4f4dc1435a592653d6e14dce4c079723b711308b8ba93bc13a4cbe9f70e1ccc"
        ),
        Migration(
            name: "v0003_clientApplication",
            sql: PackageResources.v0003_clientApplication_sql,
            frozenSHA256: "0c32320e7697b9e286b9c74b21924abbee840c760209a535b2aa1f447d0a5bb7"
        ),
        Migration(
            name: "v0004_tokenPair",
            sql: PackageResources.v0004_tokenPair_sql,
            frozenSHA256: "b207b9f2f53f28a006421912245adda4091fde52784607918bef7ac69f43a4f8"
        ),
        Migration(
            name: "v0005_device",
            sql: PackageResources.v0005_device_sql,
            frozenSHA256: "c5585301e886fd543799304a82bee505b437e44b7e47aeb25ccf2b9e4a6aec10"
        ),
        Migration(
            name: "v0006_deletedDevice",
            sql: PackageResources.v0006_deletedDevice_sql,
            frozenSHA256: "3d1ea928ababe4647d4eff40ae41f645f15246045259ae0188ade423ea9dd158"
        ),
        Migration(
            name: "v0007_verificationCode",
            sql: PackageResources.v0007_verificationCode_sql,
            frozenSHA256: "f4074943bdb252bb95bce87befdc29bacc3d6cd3e05d83313f0abe5698e02470"
        ),
        Migration(
            name: "v0008_outboxMessage",
            sql: PackageResources.v0008_outboxMessage_sql,
            frozenSHA256: "9aa5927202a6f136fd24e608507d251ceda0f790594c259d18daa91a532c0ddb"
        ),
        Migration(
            name: "v0009_requestChecks",
            sql: PackageResources.v0009_requestChecks_sql,
            frozenSHA256: "5066c3da9fc2ef9bd61350535c98bde3d7f6630284da2ae8b7c5b85533fb7d96"
        ),
        Migration(
            name: "v0010_canonicalEmail",
            sql: PackageResources.v0010_canonicalEmail_sql,
            frozenSHA256: "6e8f56a9330bb5d22e124b45a09dbf3d47cfcaff6a256ca3ced0fa2047ed49e5"
        ),
        Migration(
            name: "v0011_deviceGroup",
            sql: PackageResources.v0011_deviceGroup_sql,
            frozenSHA256: "e94309d6ea740e5e531a770e861f13242266ae698068a4299176979319e3433b"
        ),
        Migration(
            name: "v0012_factoryRecord",
            sql: PackageResources.v0012_factoryRecord_sql,
            frozenSHA256: "a36a8674698285e46df310c87ec3fe60fdf94bb8fadc19fb600772bfe53211e2"
        ),
        Migration(
            name: "v0013_deviceSetting",
            sql: PackageResources.v0013_deviceSetting_sql,
            frozenSHA256: "5a4166970b453d24222dc27634d38cea8eba2ce321c0cfe80dd1275f2d91d5ca"
        ),
        Migration(
            name: "v0014_deviceShare",
            sql: PackageResources.v0014_deviceShare_sql,
            frozenSHA256: "6623791232c0837d4819e645b94556197acac22c77d5fbeabaec6b4ee8ca9f44"
        ),
        Migration(
            name: "v0015_subDevice",
            sql: PackageResources.v0015_subDevice_sql,
            frozenSHA256: "a7025327ce742c74079553e8b732f50c9551115890699233bdb75b10ba56ca76"
        ),
        Migration(
            name: "v0017_firmware",
            sql: PackageResources.v0017_firmware_sql,
            frozenSHA256: "39b46bfd3825a69f0508ad4b6e96e78ba5f5c760ffc992f4d227e424ab767fcc"
        ),
        Migration(
            name: "v0018_history",
            sql: PackageResources.v0018_history_sql,
            frozenSHA256: "5d5ada5b8b5bcd1b23d76a3ae072bc17db2d46f853e4edd2450c9ad87c7f85cf"
        ),
        Migration(
            name: "v0019_lastReport",
            sql: PackageResources.v0019_lastReport_sql,
            frozenSHA256: "a910c6c42f014764947db9c7f7df44e50697304bb7b23b561d118554402e68c7"
        ),
        Migration(
            name: "v0020_accountProfile",
            sql: PackageResources.v0020_accountProfile_sql,
            frozenSHA256: "6a41bc75817c37252c88f67f89e9fc1df810f4d2fc9817ac6666176b004c64ca"
        ),
        Migration(
            name: "v0021_loginClient",
            sql: PackageResources.v0021_loginClient_sql,
            frozenSHA256: "dd0c8184c48a434432cb9d91b8ded343e7dcd638f8e351f716e241f6c07a5029"
        ),
        Migration(
            name: "v0022_home",
            sql: PackageResources.v0022_home_sql,
            frozenSHA256: "1db4b1433695f0ab253cb7aabc9468bb32ee18c92ececcbf76ebd9aed3c8677a"
        ),
        Migration(
            name: "v0024_awaitedKey",
            sql: PackageResources.v0024_awaitedKey_sql,
            frozenSHA256: "d8c9be2274e22b9e7ed7f10ef164706790d9c54122be6f46f0a7951602b1865a"
        ),
        Migration(
            name: "v0025_openSettings",
            sql: PackageResources.v0025_openSettings_sql,
            frozenSHA256: "8fff694c5beb03d24ef49608f929a09d3224e8984e741662e464c117837d32e2"
        ),
        Migration(
            name: "v0026_thingGroup",
            sql: PackageResources.v0026_thingGroup_sql,
            frozenSHA256: "06e8ee0f168615471e208fed32b2d23b6b20d2a7fdce1b0d3cfcd414153b5b0f"
        ),
        Migration(
            name: "v0027_accountMessage",
            sql: PackageResources.v0027_accountMessage_sql,
            frozenSHA256: "ce92bb7fd054af3b856292b3e27d03d328a3878144171d6f1ecac4d4c423557d"
        ),
        Migration(
            name: "v0028_applicationRedirect",
            sql: PackageResources.v0028_applicationRedirect_sql,
            frozenSHA256: "6b847feddff4418e4f89e55dbdb2a7399a4322f745cb493ff7195a31092fce17"
        ),
        Migration(
            name: "v0029_authorizationCode",
            sql: PackageResources.v0029_authorizationCode_sql,
            frozenSHA256: "b2029901bce39609e454bd56d6a507b1eb52967a710568438bb56c2dc570cb3e"
        ),
        Migration(
            name: "v0030_deletedDeviceOwner",
            sql: PackageResources.v0030_deletedDeviceOwner_sql,
            frozenSHA256: "7d8a11710876870428ea6a5eef9023ef2a1ba48ab1727f103c221d1b55e7e117"
        ),
    ]
}

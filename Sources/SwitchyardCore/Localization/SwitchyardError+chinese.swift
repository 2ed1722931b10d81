extension SwitchyardError.Code {
    /// The error in Chinese, for requests with `lang=cn`.
    ///
    /// One sentence for each code: the English messages name parameters and are for whoever writes a client.
    package var chineseText: String {
        switch self {
        case .invalidInput: "参数缺失或格式错误"
        case .malformedDeviceID: "设备 ID 格式错误"
        case .wrongPassword: "账号或密码错误"
        case .wrongOldPassword: "原密码错误"
        case .tokenMissing: "缺少访问令牌"
        case .tokenUnknown: "登录已失效，请重新登录"
        case .tokenExpired: "登录已过期，请重新登录"
        case .tokenNotMade: "账号已创建，但登录失败，请重新登录"
        case .authenticationFailed: "认证失败"
        case .applicationUnknown: "应用 ID 无效"
        case .signatureWrong: "签名错误"
        case .forbidden: "没有权限"
        case .accountNotFound, .addresseeUnknown, .receiverUnknown: "用户不存在"
        case .deviceNotFound: "设备不存在"
        case .notFound, .pathUnknown: "请求的内容不存在"
        case .alreadyExists: "已存在，请勿重复操作"
        case .deviceOwnedByAnother, .gsmDeviceOwnedByAnother: "设备已被其他用户添加"
        case .factoryDataMissing: "找不到设备的出厂信息"
        case .chipIDWrong: "设备芯片 ID 错误"
        case .digestWrong: "设备摘要错误"
        case .deviceDeleted: "设备已被删除"
        case .deviceOffline: "设备不在线"
        case .deviceTimeout: "设备响应超时"
        case .deviceRefused: "设备拒绝了该操作"
        case .otherRegion: "账号属于其他区域"
        case .codeWrong: "验证码错误或已过期"
        case .codeAskedTooOften: "验证码发送过于频繁，请稍后再试"
        case .sendingFailed: "验证码发送失败"
        case .tooManyHomes: "家庭或房间数量已达上限"
        case .lastHome: "不能删除最后一个家庭"
        case .tooManyGroups: "分组数量已达上限"
        case .tooManyRequests: "请求过于频繁，请稍后再试"
        case .busy: "服务器繁忙，请稍后再试"
        case .storageFailed, .internalFault: "服务器内部错误"
        }
    }
}

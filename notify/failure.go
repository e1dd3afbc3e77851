package notify

import (
	"errors"
	"strconv"
	"time"

	"domaincheck"
)

// Failure is a try that did not deliver. It matches the code of its kind
// (refused, timeout, network, malformed) with errors.Is, and holds no secret.
type Failure struct {
	Kind       domaincheck.Code
	Code       string        // the service's own, or the HTTP or SMTP status; may be empty
	Message    string        // what the service said, or what went wrong on the way
	RetryAfter time.Duration // as the service asks; 0: it does not
	// Whole tells that the way is shut (the service is down, paces us, or
	// refuses the channel), rather than this message refused.
	Whole bool

	status int  // of HTTP, where it is that which refuses
	broken bool // the connection broke off before a whole answer
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Code == "" {
		return f.Message
	}
	return f.Code + ": " + f.Message
}

// Unwrap gives the kind to errors.Is.
func (f *Failure) Unwrap() error { return f.Kind }

// failureOf gives any error as a Failure.
func failureOf(c *Channel, err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Kind: domaincheck.CodeInternal, Message: c.scrub(err.Error())}
}

// meaning is what a code inside an answer means.
type meaning struct {
	whole  bool          // of the channel, not of the message
	wait   time.Duration // at least before the next try
	zh, en string        // what the user can do
}

// meaningOf explains the codes that the services document. An unknown code is
// a failure like any other; ok is false.
func meaningOf(typ, code, message string) (m meaning, ok bool) {
	switch typ + " " + code {
	case "dingtalk 130101":
		return meaning{true, 60 * time.Second, "发送太快：机器人每分钟最多 20 条。会自动重试；是否有别的程序也在用这个机器人？", "too fast: a robot takes 20 messages a minute. It is retried; does another program use the same robot?"}, true
	case "dingtalk 310000":
		return signMeaning(message), true
	case "dingtalk 460101", "wecom 40058", "feishu 11246":
		return meaning{zh: "消息太长。", en: "the message is too long."}, true
	case "dingtalk 300005", "dingtalk 300001", "dingtalk 400013", "dingtalk 400101":
		return meaning{true, 0, "机器人地址（access_token）不对，或群已解散。请在群设置里重新复制 Webhook 地址。", "the robot's address (access_token) is wrong or its group is gone. Copy the webhook address anew from the group's settings."}, true
	case "dingtalk 400102":
		return meaning{true, 0, "机器人已停用，请在群设置里启用。", "the robot is disabled; enable it in the group's settings."}, true
	case "dingtalk 40035", "dingtalk 400105":
		return meaning{zh: "机器人不接受这种消息。", en: "the robot does not take this kind of message."}, true
	case "wecom 45009":
		return meaning{true, 60 * time.Second, "发送太快：机器人每分钟最多 20 条。会自动重试。", "too fast: a robot takes 20 messages a minute. It is retried."}, true
	case "wecom 93000":
		return meaning{true, 0, "机器人地址（key）不对，或机器人已被移出群。请重新复制 Webhook 地址。", "the robot's address (key) is wrong, or it was removed from the group. Copy the webhook address anew."}, true
	case "wecom 40008", "wecom 44004", "wecom 47001":
		return meaning{zh: "机器人不接受这种消息。", en: "the robot does not take this kind of message."}, true
	case "feishu 19021":
		return meaning{true, 0, "签名不对，或本机时间相差一小时以上。请核对机器人的签名密钥（secret）和本机时钟。", "the signature is wrong, or this machine's clock is off by more than an hour. Compare the robot's secret, and the clock."}, true
	case "feishu 19022":
		return meaning{true, 0, "本机 IP 不在机器人的 IP 白名单里。", "this machine's address is not on the robot's list of admitted addresses."}, true
	case "feishu 19024":
		return meaning{true, 0, "消息里没有机器人要求的关键词。请改用签名，或把关键词设为“单号”。", "the robot demands a keyword that the message lacks. Use a signature instead, or make the keyword a word of every message (ref)."}, true
	case "feishu 19001":
		return meaning{true, 0, "机器人地址不对，或机器人已被删除。", "the robot's address is wrong, or the robot was deleted."}, true
	case "feishu 9499", "feishu 11232", "feishu 11233":
		return meaning{true, 0, "飞书暂不接受：发送太快（每秒 5 条、每分钟 100 条）或请求不合规。会自动重试。", "Feishu does not take it now: too fast (5 a second, 100 a minute) or a bad request. It is retried."}, true
	case "slack 404", "slack 403", "slack 410":
		return meaning{true, 0, "Slack 的 Webhook 已失效或频道已归档。请重新创建 Incoming Webhook。", "the Slack webhook is gone or its channel archived. Make a new incoming webhook."}, true
	case "slack 429":
		return meaning{true, 0, "发送太快：每秒 1 条。会自动重试。", "too fast: one message a second. It is retried."}, true
	case "webhook 401", "webhook 403":
		return meaning{true, 0, "对方拒绝了签名或地址。请核对 secret 和 url。", "the receiver refuses the signature or the address. Compare secret and url."}, true
	case "email 535", "email 534", "email 530":
		return meaning{true, 0, "邮件服务器拒绝登录。请核对用户名、password（不少邮箱要求用授权码）和 starttls。", "the mail server refuses the login. Compare user, password (many providers demand an app password) and starttls."}, true
	}
	if n, err := strconv.Atoi(code); err == nil && typ != "dingtalk" && typ != "wecom" && typ != "feishu" && (n == 404 || n == 301 || n == 302 || n == 307 || n == 308) {
		zh, en := byStatus(n)
		return meaning{true, 0, zh, en}, true
	}
	return meaning{}, false
}

// signMeaning tells the three causes of DingTalk's 310000 apart by what the
// robot says with it; where it says something new, all three are named.
func signMeaning(message string) meaning {
	m := meaning{whole: true}
	switch {
	case containsAny(message, "keyword", "关键词"):
		m.zh, m.en = "消息里没有机器人要求的关键词。请改用加签，或把关键词设为“单号”。", "the robot demands a keyword that the message lacks. Use a signature instead, or make the keyword a word of every message (ref)."
	case containsAny(message, "whitelist", "白名单", "ip "):
		m.zh, m.en = "本机 IP 不在机器人的 IP 白名单里。", "this machine's address is not on the robot's list of admitted addresses."
	case containsAny(message, "timestamp"):
		m.zh, m.en = "时间戳无效：本机时钟相差一小时以上，或机器人要求加签而没有设置 secret。", "the time stamp is refused: this machine's clock is off by more than an hour, or the robot demands a signature and no secret is set."
	case containsAny(message, "sign"):
		m.zh, m.en = "加签不对。请核对机器人的加签密钥（SEC 开头）与设置里的 secret。", "the signature is wrong. Compare the robot's secret (it begins with SEC) with the settings' secret."
	default:
		m.zh, m.en = "机器人的安全设置拒绝了消息：加签、关键词或 IP 白名单三者之一。", "the robot's security settings refuse the message: signature, keyword or list of addresses."
	}
	return m
}

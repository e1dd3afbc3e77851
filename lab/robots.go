package lab

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// RobotOptions say how strict the chat robots are.
type RobotOptions struct {
	Now     func() time.Time // the robots' clock; must be given
	Secret  string           // DingTalk, Feishu and the webhook demand signatures made with it; "" none
	Keyword string           // DingTalk and Feishu demand it in every text; "" none
	Token   string           // of every robot's URL; "" is "lab"
}

// Robots are the services that alerts go to: DingTalk, Slack, WeCom, Feishu, a
// webhook and an Alertmanager, with the limits and the error codes that they
// document, those inside a 200 too. It is an http.Handler, so that it can be
// served on a socket or called without one; [Robots.Path] tells where each
// robot lives below its base URL. All methods may be called from any goroutine.
//
// The limits: DingTalk 20 messages a minute, then 130101 for ten minutes, and
// 20,000 bytes (460101); WeCom 20 a minute (45009), 2,048 bytes of text, 4,096
// of markdown (40058); Feishu 5 a second and 100 a minute (9499), 20 KiB;
// Slack one a second (429 with Retry-After), 50 blocks of 3,000 characters.
type Robots struct {
	o     RobotOptions
	mu    sync.Mutex
	heard []Heard
	sent  map[string][]time.Time // accepted calls, for the limits
	muted map[string]time.Time
	fault map[string][]Fault
}

// Heard is one call to a robot.
type Heard struct {
	Service  string // dingtalk, slack, wecom, feishu, webhook, alertmanager
	At       time.Time
	Text     string   // what people would read
	Keys     []string // of the events in it
	Title    string   // DingTalk's
	Mentions []string
	Header   http.Header
	Body     []byte
	Accepted bool // it was posted
	Status   int
	Answer   string
}

// Fault is one answer that is not the service's own.
type Fault struct {
	Status     int    // 0 is 200
	Body       string // as it is
	RetryAfter string
	Reset      bool // cut the connection without an answer
	Hang       bool // no answer until the caller gives up
	Posted     bool // … although the message was posted
}

// NewRobots makes robots that have heard nothing yet.
func NewRobots(o RobotOptions) *Robots {
	if o.Token == "" {
		o.Token = "lab"
	}
	return &Robots{o: o, sent: map[string][]time.Time{}, muted: map[string]time.Time{}, fault: map[string][]Fault{}}
}

// Path is the address of a robot below the base URL, with its token.
func (r *Robots) Path(service string) string {
	switch service {
	case "dingtalk":
		return "/robot/send?access_token=" + r.o.Token
	case "slack":
		return "/services/T000/B000/" + r.o.Token
	case "wecom":
		return "/cgi-bin/webhook/send?key=" + r.o.Token
	case "feishu":
		return "/open-apis/bot/v2/hook/" + r.o.Token
	case "webhook":
		return "/hook/" + r.o.Token
	case "alertmanager":
		return "/alertmanager"
	}
	return ""
}

// Fail makes the next n calls of a service end with the fault.
func (r *Robots) Fail(service string, n int, f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range n {
		r.fault[service] = append(r.fault[service], f)
	}
}

// Heal takes back the faults of a service that have not come yet.
func (r *Robots) Heal(service string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault[service] = nil
}

// Heard lists all calls of a service in their order; of all services for "".
func (r *Robots) Heard(service string) []Heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Heard
	for _, h := range r.heard {
		if service == "" || h.Service == service {
			out = append(out, h)
		}
	}
	return out
}

// Posted lists the calls that people got to read.
func (r *Robots) Posted(service string) []Heard {
	return slices.DeleteFunc(r.Heard(service), func(h Heard) bool { return !h.Accepted })
}

// ServeHTTP answers as the service would.
func (r *Robots) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		return // the caller went away
	}
	service := r.service(req)
	if service == "" {
		http.NotFound(w, req)
		return
	}
	h := Heard{Service: service, At: r.o.Now(), Header: req.Header.Clone(), Body: body}
	r.mu.Lock()
	var f *Fault
	if waiting := r.fault[service]; len(waiting) > 0 {
		f, r.fault[service] = &waiting[0], waiting[1:]
	}
	answer := reply{}
	if f == nil || f.Posted {
		answer = r.judge(&h, req)
	}
	if f != nil {
		answer = reply{status: f.Status, body: f.Body, retryAfter: f.RetryAfter}
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	h.Status, h.Answer = answer.status, answer.body
	r.heard = append(r.heard, h)
	r.mu.Unlock()
	if f != nil && f.Hang {
		<-req.Context().Done()
		return
	}
	if f != nil && f.Reset {
		panic(http.ErrAbortHandler)
	}
	if answer.retryAfter != "" {
		w.Header().Set("Retry-After", answer.retryAfter)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}

func (r *Robots) service(req *http.Request) string {
	for _, s := range []string{"dingtalk", "slack", "wecom", "feishu", "webhook"} {
		path, _, _ := strings.Cut(r.Path(s), "?")
		if base := strings.TrimSuffix(path, r.o.Token); base == req.URL.Path || base != path && strings.HasPrefix(req.URL.Path, base) {
			return s
		}
	}
	if req.URL.Path == r.Path("alertmanager")+"/api/v2/alerts" {
		return "alertmanager"
	}
	return ""
}

// reply is what a service says.
type reply struct {
	status     int
	body       string
	retryAfter string
}

// coded is DingTalk's and WeCom's form of an answer.
func coded(code int, text string) reply {
	b, err := json.Marshal(map[string]any{"errcode": code, "errmsg": text})
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return reply{body: string(b)}
}

// judge applies the service's rules; it is called under the lock.
func (r *Robots) judge(h *Heard, req *http.Request) reply {
	if req.Method != http.MethodPost {
		return reply{status: http.StatusMethodNotAllowed}
	}
	switch h.Service {
	case "dingtalk":
		return r.dingtalk(h, req)
	case "wecom":
		return r.wecom(h, req)
	case "feishu":
		return r.feishu(h, req)
	case "slack":
		return r.slack(h, req)
	case "webhook":
		return r.webhook(h, req)
	}
	return r.alertmanager(h)
}

// within counts the calls of the last span, and whether one more is allowed.
func (r *Robots) within(service string, span time.Duration, most int) bool {
	now, n := r.o.Now(), 0
	for _, at := range r.sent[service] {
		if now.Sub(at) < span {
			n++
		}
	}
	return n < most
}

func (r *Robots) accept(h *Heard) {
	h.Accepted = true
	h.Keys = keysIn(h.Text)
	now := r.o.Now()
	r.sent[h.Service] = append(slices.DeleteFunc(r.sent[h.Service], func(at time.Time) bool { return now.Sub(at) > time.Minute }), now)
}

func keysIn(text string) []string {
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^(?:单号|ref) ([0-9A-Za-z]+)`).FindAllStringSubmatch(text, -1) {
		keys = append(keys, m[1])
	}
	return keys
}

func sign(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *Robots) dingtalk(h *Heard, req *http.Request) reply {
	q := req.URL.Query()
	if q.Get("access_token") != r.o.Token {
		return coded(300005, "token is not exist")
	}
	if r.o.Secret != "" {
		stamp, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
		if err != nil || r.o.Now().Sub(time.UnixMilli(stamp)).Abs() > time.Hour {
			return coded(310000, "invalid timestamp")
		}
		if want := sign(r.o.Secret, q.Get("timestamp")+"\n"+r.o.Secret); subtle.ConstantTimeCompare([]byte(want), []byte(q.Get("sign"))) != 1 {
			return coded(310000, "sign not match")
		}
	}
	var m struct {
		MsgType  string                       `json:"msgtype"`
		Text     struct{ Content string }     `json:"text"`
		Markdown struct{ Title, Text string } `json:"markdown"`
		At       struct {
			AtMobiles []string
			AtUserIds []string
		} `json:"at"`
	}
	if len(h.Body) > 20_000 {
		return coded(460101, "message too long, exceed 20000 bytes")
	}
	if json.Unmarshal(h.Body, &m) != nil {
		return coded(40035, "缺少参数 json")
	}
	switch m.MsgType {
	case "text":
		h.Text = m.Text.Content
	case "markdown":
		h.Text, h.Title = m.Markdown.Text, m.Markdown.Title
		if h.Title == "" {
			return coded(40035, "缺少参数 title")
		}
	default:
		return coded(400105, "不支持的消息类型")
	}
	h.Mentions = slices.Concat(m.At.AtMobiles, m.At.AtUserIds)
	if h.Text == "" {
		return coded(40035, "缺少参数 content")
	}
	if !strings.Contains(h.Text+h.Title, r.o.Keyword) {
		return coded(310000, "keywords not in content")
	}
	now := r.o.Now()
	if now.Before(r.muted["dingtalk"]) {
		return coded(130101, "send too fast, exceed 20 times per minute")
	}
	if !r.within("dingtalk", time.Minute, 20) {
		r.muted["dingtalk"] = now.Add(10 * time.Minute)
		return coded(130101, "send too fast, exceed 20 times per minute")
	}
	r.accept(h)
	return coded(0, "ok")
}

func (r *Robots) wecom(h *Heard, req *http.Request) reply {
	if req.URL.Query().Get("key") != r.o.Token {
		return coded(93000, "invalid webhook url")
	}
	var m struct {
		MsgType string `json:"msgtype"`
		Text    struct {
			Content             string
			MentionedList       []string `json:"mentioned_list"`
			MentionedMobileList []string `json:"mentioned_mobile_list"`
		} `json:"text"`
		Markdown struct{ Content string } `json:"markdown"`
	}
	if json.Unmarshal(h.Body, &m) != nil {
		return coded(47001, "data format error")
	}
	limit := 2048
	switch m.MsgType {
	case "text":
		h.Text = m.Text.Content
	case "markdown", "markdown_v2":
		h.Text, limit = m.Markdown.Content, 4096
	default:
		return coded(40008, "invalid message type")
	}
	h.Mentions = slices.Concat(m.Text.MentionedList, m.Text.MentionedMobileList)
	if h.Text == "" {
		return coded(44004, "empty content")
	}
	if len(h.Text) > limit {
		return coded(40058, m.MsgType+".content exceed max length "+strconv.Itoa(limit))
	}
	if !r.within("wecom", time.Minute, 20) {
		return coded(45009, "api freq out of limit")
	}
	r.accept(h)
	return coded(0, "ok")
}

// feishuSays is Feishu's form of an answer.
func feishuSays(code int, text string) reply {
	b, err := json.Marshal(map[string]any{"code": code, "msg": text, "data": map[string]any{}})
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return reply{body: string(b)}
}

func (r *Robots) feishu(h *Heard, req *http.Request) reply {
	if !strings.HasSuffix(req.URL.Path, "/"+r.o.Token) {
		return feishuSays(19001, "param invalid: incoming webhook access token invalid")
	}
	var m struct {
		Timestamp string                `json:"timestamp"`
		Sign      string                `json:"sign"`
		MsgType   string                `json:"msg_type"`
		Content   struct{ Text string } `json:"content"`
	}
	if len(h.Body) > 20<<10 {
		return feishuSays(11246, "message content too long")
	}
	if json.Unmarshal(h.Body, &m) != nil || m.MsgType != "text" || m.Content.Text == "" {
		return feishuSays(9499, "Bad Request")
	}
	if r.o.Secret != "" {
		stamp, err := strconv.ParseInt(m.Timestamp, 10, 64)
		if err != nil || r.o.Now().Sub(time.Unix(stamp, 0)).Abs() > time.Hour || m.Sign != sign(m.Timestamp+"\n"+r.o.Secret, "") {
			return feishuSays(19021, "sign match fail or timestamp is not within one hour from current time")
		}
	}
	h.Text = m.Content.Text
	for _, at := range regexp.MustCompile(`<at user_id="([^"]*)">`).FindAllStringSubmatch(h.Text, -1) {
		h.Mentions = append(h.Mentions, at[1])
	}
	if !strings.Contains(h.Text, r.o.Keyword) {
		return feishuSays(19024, "Key Words Not Found")
	}
	if !r.within("feishu", time.Second, 5) || !r.within("feishu", time.Minute, 100) {
		return feishuSays(9499, "too many request")
	}
	r.accept(h)
	return reply{body: `{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}`}
}

func (r *Robots) slack(h *Heard, req *http.Request) reply {
	if !strings.HasSuffix(req.URL.Path, "/"+r.o.Token) {
		return reply{status: http.StatusNotFound, body: "no_service"}
	}
	var m struct {
		Text   string `json:"text"`
		Blocks []struct {
			Type string
			Text *struct{ Type, Text string }
		} `json:"blocks"`
	}
	if json.Unmarshal(h.Body, &m) != nil {
		return reply{status: http.StatusBadRequest, body: "invalid_payload"}
	}
	if m.Text == "" && len(m.Blocks) == 0 {
		return reply{status: http.StatusBadRequest, body: "no_text"}
	}
	if len(m.Blocks) > 50 {
		return reply{status: http.StatusBadRequest, body: "invalid_blocks"}
	}
	var parts []string
	for _, b := range m.Blocks {
		if b.Text == nil {
			continue
		}
		if n := utf8.RuneCountInString(b.Text.Text); n == 0 || n > 3000 {
			return reply{status: http.StatusBadRequest, body: "invalid_blocks"}
		}
		parts = append(parts, b.Text.Text)
	}
	if h.Text = strings.Join(parts, "\n\n"); h.Text == "" {
		h.Text = m.Text
	}
	for _, at := range regexp.MustCompile(`<@([A-Z0-9]+)>`).FindAllStringSubmatch(h.Text, -1) {
		h.Mentions = append(h.Mentions, at[1])
	}
	if !r.within("slack", time.Second, 1) {
		return reply{status: http.StatusTooManyRequests, body: "rate_limited", retryAfter: "30"}
	}
	r.accept(h)
	return reply{body: "ok"}
}

func (r *Robots) webhook(h *Heard, req *http.Request) reply {
	if r.o.Secret != "" {
		stamp := req.Header.Get("X-Domaincheck-Timestamp")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		mac := hmac.New(sha256.New, []byte(r.o.Secret))
		mac.Write(slices.Concat([]byte(stamp+"."), h.Body))
		want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
		if err != nil || r.o.Now().Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute || !hmac.Equal([]byte(want), []byte(req.Header.Get("X-Domaincheck-Signature"))) {
			return reply{status: http.StatusUnauthorized, body: "bad signature"}
		}
	}
	var m struct {
		Schema                                int
		Key, Event, Domain, Rule, Level, Text string
	}
	if json.Unmarshal(h.Body, &m) != nil || m.Schema != 1 || m.Key == "" || m.Key != req.Header.Get("Idempotency-Key") {
		return reply{status: http.StatusUnprocessableEntity, body: "not an event"}
	}
	if !slices.Contains([]string{"opened", "updated", "resolved", "test", "report"}, m.Event) {
		return reply{status: http.StatusUnprocessableEntity, body: "unknown event"}
	}
	h.Text, h.Title = m.Text, m.Event
	r.accept(h)
	h.Keys = []string{m.Key}
	return reply{status: http.StatusNoContent}
}

func (r *Robots) alertmanager(h *Heard) reply {
	var alerts []struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
	}
	if err := json.NewDecoder(bytes.NewReader(h.Body)).Decode(&alerts); err != nil || len(alerts) == 0 {
		return reply{status: http.StatusBadRequest, body: `"bad request"`}
	}
	for _, a := range alerts {
		if a.Labels["alertname"] == "" || a.Labels["domain"] == "" || a.Annotations["key"] == "" || a.StartsAt.IsZero() || !a.EndsAt.IsZero() && a.EndsAt.Before(a.StartsAt) {
			return reply{status: http.StatusBadRequest, body: `"invalid alert"`}
		}
		h.Keys = append(h.Keys, a.Annotations["key"])
		h.Text += a.Annotations["description"] + "\n\n"
		if !a.EndsAt.IsZero() && !a.EndsAt.After(h.At) {
			h.Title = "resolved"
		}
	}
	keys := h.Keys
	r.accept(h)
	h.Keys = keys
	return reply{}
}

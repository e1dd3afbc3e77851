package web

import (
	"net/http"
)

// page registers a page of the dashboard for a role. pattern is one of
// http.ServeMux; a browser without a session is led to the login page, and a
// change needs the session's CSRF token (Principal.CSRF) in the field "csrf".
func (s *Server) page(pattern string, need Role, h http.HandlerFunc) {
	s.mux.Handle(pattern, s.allow(need, h))
}

// public registers what everybody may see: the login page and static files.
func (s *Server) public(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, h) }

// pages registers all pages.
func (s *Server) pages() {
	s.public("GET /login", func(w http.ResponseWriter, r *http.Request) { s.loginPage(w, r, http.StatusOK) })
	s.public("GET /static/", s.files)
	s.public("POST /preferences", s.preferences)

	s.page("GET /{$}", RoleRead, s.overviewPage)
	s.page("GET /sites", RoleRead, s.sitesPage)
	s.page("GET /sites.csv", RoleRead, s.sitesCSV)
	s.page("POST /sites/bulk", RoleOperate, s.bulk)
	s.page("GET /sites/{domain}", RoleRead, s.sitePage)
	s.page("GET /sites/{domain}/raw", RoleOperate, s.rawPage)
	s.page("GET /sites/{domain}/evidence.zip", RoleOperate, s.evidenceFile)
	s.page("GET /sites/{domain}/progress", RoleRead, s.progress)
	s.page("POST /sites/{domain}/check", RoleOperate, s.checkForm)
	s.page("POST /sites/{domain}/suppress", RoleOperate, s.suppressForm)
	s.page("POST /sites/{domain}/acknowledge", RoleOperate, s.acknowledgeForm)
	s.page("GET /subjects", RoleRead, s.subjectsPage)
	s.page("GET /servers", RoleRead, s.serversPage)
	s.page("GET /alerts", RoleRead, s.alertsPage)
	s.page("GET /deliveries", RoleRead, s.deliveriesPage)
	s.page("POST /deliveries/revive", RoleOperate, s.reviveForm)
	s.page("GET /silences", RoleRead, s.silencesPage)
	s.page("POST /silences", RoleOperate, s.silenceForm)
	s.page("POST /silences/end", RoleOperate, s.endHoldForm)
	s.page("GET /channels", RoleRead, s.channelsPage)
	s.page("POST /channels/test", RoleOperate, s.testForm)
	s.page("GET /cases", RoleRead, s.casesPage)
	s.page("POST /cases", RoleOperate, s.newCaseForm)
	s.page("GET /cases/{id}", RoleRead, s.casePage)
	s.page("POST /cases/{id}", RoleOperate, s.caseForm)
	s.page("GET /desk", RoleRead, s.deskPage)
	s.page("GET /rules", RoleRead, s.rulesPage)
	s.page("GET /rules/{province}", RoleRead, s.provincePage)
	s.page("GET /import", RoleAdmin, s.importPage)
	s.page("POST /import", RoleAdmin, s.importForm)
	s.page("GET /import/template.xlsx", RoleAdmin, s.importTemplate)
	s.page("GET /audit", RoleAdmin, s.auditPage)
	s.page("GET /status", RoleRead, s.statusPage)
}

// loginView is the login page.
type loginView struct {
	Next  string
	Wrong bool
}

// loginPage asks for a token.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int) {
	if p, ok := PrincipalOf(r.Context()); ok && (p.Session || p.Open) {
		http.Redirect(w, r, localPath(r.FormValue("next")), http.StatusSeeOther)
		return
	}
	d := loginView{Next: localPath(r.FormValue("next")), Wrong: status == http.StatusUnauthorized}
	s.showAs(w, r, status, "login", view{Title: s.tongueOf(r).say("登录", "Log in"), Bare: true, D: d})
}

// loginFailed answers a wrong token.
func (s *Server) loginFailed(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		s.loginPage(w, r, http.StatusUnauthorized)
		return
	}
	s.fail(w, r, problem(http.StatusUnauthorized, "unauthorized", "the token is not known"))
}

// problemView is an error page.
type problemView struct {
	Status       int
	Title        string
	Detail, Hint string
	Code, ID     string
}

// problemPage shows a problem to a browser: what it means in the reader's
// language first, what exactly happened below it.
func (s *Server) problemPage(w http.ResponseWriter, r *http.Request, p *Problem) {
	t := s.tongueOf(r)
	title, hint := t.problem(p)
	d := problemView{Status: p.Status, Title: title, Detail: clean(p.Detail), Hint: firstOf(hint, clean(p.Hint)), Code: p.Code, ID: p.ID}
	s.showAs(w, r, p.Status, "problem", view{Title: title, D: d})
}

// problem says a problem in the reader's language, by its code and status.
func (t tongue) problem(p *Problem) (title, hint string) {
	switch p.Code {
	case "csrf":
		return t.say("页面已过期", "The page is too old"), t.say("请刷新页面后再提交一次。", "Load the page again, then send the form once more.")
	case "queue_full":
		return t.say("排队的检查太多", "Too many checks are waiting"), t.say("请稍后再试；平时会按计划自动检查。", "Try again later; every site is checked by schedule anyway.")
	case "from_file", "from_settings":
		return t.say("要在文件里改", "It is changed in its file"), t.say("它来自台账文件或设置文件，改好文件后会自动生效。", "It comes from the inventory file or the settings; change it there.")
	case "out_of_scope":
		return t.say("不在你的范围内", "Outside your scope"), t.say("你的令牌只能看到一部分站点。", "Your token sees some sites only.")
	case "wrong_host", "cross_origin":
		return t.say("请求被拒绝", "The request was refused"), ""
	}
	switch p.Status {
	case http.StatusNotFound:
		return t.say("没有这个页面或站点", "There is no such page or site"), t.say("地址可能写错了，或者它不在你能看到的范围里。", "The address may be wrong, or it is not within what you may see.")
	case http.StatusForbidden:
		return t.say("没有权限", "Not allowed"), t.say("需要更高的角色，请找管理员。", "It needs a higher role; ask an administrator.")
	case http.StatusUnauthorized:
		return t.say("请先登录", "Log in first"), ""
	case http.StatusTooManyRequests:
		return t.say("太频繁了", "Too often"), t.say("请稍等再试。", "Wait a moment, then try again.")
	case http.StatusConflict:
		return t.say("别处已经改动", "It changed meanwhile"), t.say("请回到上一页刷新后再试。", "Go back, reload and try again.")
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		return t.say("填写的内容有问题", "Something in the input is wrong"), ""
	case http.StatusRequestEntityTooLarge:
		return t.say("内容太大", "Too large"), ""
	case http.StatusMethodNotAllowed:
		return t.say("不支持这样的请求", "Not possible here"), ""
	case http.StatusServiceUnavailable:
		return t.say("数据库暂时没有应答", "The store does not answer now"), t.say("请稍后再试。", "Try again in a moment.")
	}
	return t.say("出错了", "Something went wrong"), t.say("这是我们的问题，日志里有原因。", "It is our fault; the log tells why.")
}

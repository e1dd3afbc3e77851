package main

import (
	"os"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/store"
)

// gloss says in Chinese what kind of refusal a code is; "" where the message
// needs none. The message itself, with its place, is English in both languages.
func gloss(code domaincheck.Code) string {
	switch code {
	case domaincheck.CodeBadInput:
		return "输入有误：请按提示改正"
	case domaincheck.CodeUnknownSuffix:
		return "域名后缀不存在"
	case domaincheck.CodeReservedName:
		return "保留名称，不是可备案的域名"
	case domaincheck.CodeUnreadable:
		return "文件打不开，或内容无法识别"
	case domaincheck.CodeBadSettings:
		return "设置有误：请按所示位置改正"
	case domaincheck.CodeBadTable:
		return "参考表未通过检查，未启用"
	case domaincheck.CodeTooLarge:
		return "超出可读取的大小"
	case domaincheck.CodeForbidden:
		return "为安全起见不连接该地址"
	case inventory.CodePrivate:
		return "完整的证件号码、手机号不接收也不保存"
	case store.CodeCorrupt:
		return "存储文件已损坏或不是本程序的存储，未作任何改动；请恢复最近的备份"
	case store.CodeNewer:
		return "存储由更新的版本写成，未作任何改动；请使用新版本程序"
	case store.CodeReadOnly:
		return "存储不可写；请检查文件与目录权限"
	case store.CodeFull:
		return "磁盘空间不足；已确认写入的内容没有丢失"
	case store.CodeUnavailable:
		return "数据库没有应答"
	case store.CodeNotFound:
		return "没有找到"
	case store.CodeFromFile:
		return "该行属于 inventory: 文件，请在文件里修改"
	}
	return ""
}

// glossed gives the gloss of an error the first time its code is told, where
// Chinese is spoken.
func (p *program) glossed(code domaincheck.Code) string {
	lang := p.global.lang
	if lang == "" { // refused before the settings were read
		lang = langFromEnvironment(os.Getenv)
	}
	if lang == "en" || p.told[code] {
		return ""
	}
	if p.told == nil {
		p.told = map[domaincheck.Code]bool{}
	}
	p.told[code] = true
	return gloss(code)
}

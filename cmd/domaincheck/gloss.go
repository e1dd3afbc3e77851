package main

import (
	"os"
	"strings"

	"domaincheck"
	"domaincheck/inventory"
	"domaincheck/present"
	"domaincheck/store"
)

// gloss says in Chinese what kind of refusal a code is, for a message that is
// known in English only; "" where the message needs none.
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

// tellsChinese is the language of refusals, also of those before the settings
// were read.
func (p *program) tellsChinese() bool {
	lang := p.global.lang
	if lang == "" {
		lang = langFromEnvironment(os.Getenv)
		for i, a := range p.args {
			if value, ok := strings.CutPrefix(a, "--lang="); ok {
				lang = value
			} else if a == "--lang" && i+1 < len(p.args) {
				lang = p.args[i+1]
			}
		}
	}
	return lang != "en"
}

// inChinese gives a refusal in Chinese: its first line and what to do. e is the
// coded error in err; nil for none.
func (p *program) inChinese(err error, e *domaincheck.Error) (first, hint string) {
	if !p.hasWords() {
		return err.Error(), ""
	}
	if e == nil {
		first, _ = p.words.Say(err.Error())
		return first, ""
	}
	said, whole := p.words.Error(e)
	first = said.Error()
	if around, wrapped := strings.CutSuffix(err.Error(), e.Error()); wrapped {
		first = around + first
		if text, known := p.words.Say(first); known {
			first = text
		}
	} else if text, known := p.words.Say(err.Error()); known {
		first, whole = text, true
	}
	if head := gloss(e.Code); !whole && head != "" {
		first = head + "：" + first
	}
	return first, said.Hint
}

// hasWords reads the Chinese sentences before the first is needed.
func (p *program) hasWords() bool {
	if p.words == nil {
		words, bad := present.NewRefusals()
		if bad != nil {
			return false
		}
		p.words = words
	}
	return true
}

// inWords is what a library or a service said, in the language of the output
// where it is known.
func (p *program) inWords(said string) string {
	if p.global.lang != "en" && p.hasWords() {
		said, _ = p.words.Say(said)
	}
	return said
}

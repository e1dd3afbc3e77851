package sitecheck_test

import (
	"strings"
	"testing"

	"domaincheck/sitecheck"
)

// TestCopyright reads the holder out of footers as they are written.
func TestCopyright(t *testing.T) {
	t.Parallel()
	rows := [][2]string{
		{"Copyright © 2005-2024 北京互联互通科技有限公司 版权所有", "北京互联互通科技有限公司"},
		{"Copyright©2024 某某网 All Rights Reserved", "某某网"},
		{"© 2024 example.com. All rights reserved.", "example.com"},
		{"版权所有©2010-2024 示例集团股份有限公司", "示例集团股份有限公司"},
		{"版权所有 违者必究", ""},
		{"版权所有：某某市人民政府 主办：某某办", "某某市人民政府"},
		{"本站版权归上海示例有限公司所有", "上海示例有限公司"},
		{"Copyright (C) 2024 by Shenzhen Example Co., Ltd.", "Shenzhen Example Co., Ltd."},
		{"(c) Example Corp 2020", "Example Corp"},
		{"© 1998 - 2024 Tencent. All Rights Reserved.", "Tencent"},
		{"©2024 Example 使用前必读 京ICP证030173号", "Example"},
		{"Copyright © 2003-现在 Example.com 版权所有", "Example.com"},
		{"示例网络（北京）有限公司版权所有 京ICP备05032038号", "示例网络（北京）有限公司"},
		{"Copyright 2024 | 示例科技", "示例科技"},
		{"© 示例科技有限公司 京ICP备05032038号-1", "示例科技有限公司"},
		{"Copyright © 2012-2024, 广州示例信息科技有限公司", "广州示例信息科技有限公司"},
		{"版权声明 | 隐私政策", ""},
		{"Copyright © 北京示例有限公司（www.example.cn）保留所有权利", "北京示例有限公司"},
		{"2005－2024 版权所有 北京互联互通科技有限公司", "北京互联互通科技有限公司"},
		{"Copyright ©2024 杭州示例科技有限公司. All Rights Reserved. 浙ICP备05032038号", "杭州示例科技有限公司"},
		{"未经许可不得转载，版权所有", ""},
		{"© Example 示例科技有限公司", "Example 示例科技有限公司"},
		{"关于我们 联系我们", ""},
		{"示例音乐科技有限公司版权所有 网络文化经营许可证： 京网文[2015]0001-001号", "示例音乐科技有限公司"},
		{"© 2024 Example Widgets Inc. All rights reserved. Privacy Policy", "Example Widgets Inc."},
		{"© 2024. All rights reserved. Privacy Terms", ""},
		{"© 2008-2024 All Rights Reserved 示例精密五金厂", "示例精密五金厂"},
		{"© 2011 示例生物 All Rights Reserved. Technical support: CDX Group", "示例生物"},
		{"© 2011 Example.com All Rights Reserved 示例（上海）科技有限公司 版权所有", "Example.com|示例（上海）科技有限公司"},
		{"CopyRight 2024 All Right Reserved 示例干燥设备有限公司 ICP备案号:", "示例干燥设备有限公司"},
		{"COPYRIGHT 2024 示例干燥设备有限公司", "示例干燥设备有限公司"},
		{"主办单位：示例市教育局 版权所有", "示例市教育局"},
		{"版权所有人：示例集团有限公司", "示例集团有限公司"},
		{"© 2024 示例讯计算机系统有限公司 版权所有 网站备案：", "示例讯计算机系统有限公司"},
		{"Copyright © 2024 保留所有权利。", ""},
		{"© 2024 示例教育科技有限公司（以下简称示例）", "示例教育科技有限公司"},
		{"© 2024 示例商城 版权所有 关于我们", "示例商城"},
		{"示例市第一中学 版权所有 Copyright © EXAMPLE.NET All Rights Reserved", "示例市第一中学|EXAMPLE.NET"},
		{"示例市政府版权所有 示例市政府办公厅主办", "示例市政府"},
		{"©2022 示例娱乐有限公司版权所有 由上海示例网络科技发展有限公司运营", "示例娱乐有限公司"},
		{"© 2009 139.com 京ICP证080595号", "139.com"},
		{"© 2016 51示例网", "51示例网"},
		{"© 2005-2016示例网", "示例网"},
		{"© 2024.Example", "Example"},
		{"版权所属 示例科技", "示例科技"},
		{"版权所有：示例旅游网　建议您使用1366*768分辨率", "示例旅游网"},
		{"Copyright 2005-2020 EXAMPLE.com 【示例网】 版权所有", "EXAMPLE.com"},
		{"Copyright 2016 Example Development Company, L.P.", "Example Development Company, L.P."},
	}
	for _, row := range rows {
		page := sitecheck.Parse(strings.NewReader("<meta charset=utf-8><p>"+row[0]+"</p>"), sitecheck.ParseOptions{})
		if got := strings.Join(page.Copyright, "|"); got != row[1] {
			t.Errorf("%s: %q, want %q", row[0], got, row[1])
		}
	}
}

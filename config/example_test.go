package config_test

import (
	"errors"
	"fmt"
	"strings"

	"domaincheck/config"
)

func ExampleLoad() {
	file := strings.NewReader(`
schedule: {access: "*/10 * * * *"}
channels:
  ops: {type: dingtalk, url: "${DT_URL}"}
routes:
  - {channels: [ops], quiet: "22:00-08:00"}
`)
	s, err := config.Load(file, config.Options{
		Name:    "domaincheck.yaml",
		Environ: []string{"DT_URL=https://oapi.example/robot?access_token=x", "DOMAINCHECK_LIMITS_CONCURRENCY=8"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Schedule.Access, s.Schedule.Page, s.Limits.Concurrency, s.Channels["ops"].URL)
	// Output: */10 * * * * 0 */6 * * * 8 •••
}

// Every mistake is told, in the order of the file.
func ExampleProblems() {
	file := strings.NewReader("lisen: 127.0.0.1:80\nschedule: {page: daily}\n")
	_, err := config.Load(file, config.Options{Name: "domaincheck.yaml"})
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			fmt.Println(p.Place, "|", p.Hint)
		}
	}
	// Output:
	// domaincheck.yaml:1:1 | did you mean listen?
	// domaincheck.yaml:2:18 | minute hour day month weekday, such as "0 3 * * *", or @daily, @every 30m
}

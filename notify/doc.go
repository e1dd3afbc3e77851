// Package notify drains the outbox to people: DingTalk, Slack, WeCom, Feishu,
// e-mail, webhooks and Alertmanager. What is here so far is the outbox that it
// drains, as it needs it; the senders follow.
package notify

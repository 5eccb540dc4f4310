"""Receivers of chat messages and webhooks: DingTalk, Feishu, WeCom, Slack, PagerDuty and Standard Webhooks."""

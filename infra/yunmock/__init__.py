"""yunmock: a local Alibaba Cloud that the real SDKs talk to, in process or over loopback."""

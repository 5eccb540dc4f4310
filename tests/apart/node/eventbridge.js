// @alicloud/eventbridge against `yunmock serve`: buses, rules with status "enable", targets, events and their traces.
// Prints one JSON object. Everything it needs to know comes from the environment the server printed.
const { default: Client, ...models } = require("@alicloud/eventbridge");
const env = process.env;
const client = new Client(
  new models.Config({
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: env.EVENTBRIDGE_ENDPOINT,
  }),
);
const BUS = "orders";
const target = (id) =>
  new models.TargetEntry({
    id,
    type: "acs.fc.function",
    endpoint: `acs:fc:${env.ALIBABA_CLOUD_REGION_ID}:${env.ALIBABA_CLOUD_ACCOUNT_ID}:functions/echo`,
    pushRetryStrategy: "BACKOFF_RETRY",
    paramList: [
      new models.EBTargetParam({ resourceKey: "Body", form: "JSONPATH", value: "$.data" }),
      new models.EBTargetParam({ resourceKey: "InvocationType", form: "CONSTANT", value: "Sync" }),
    ],
  });
const event = (id, data) =>
  new models.CloudEvent({
    id,
    source: "my.app",
    specversion: "1.0",
    type: "order:Created",
    subject: "orders/1",
    datacontenttype: "application/json",
    data: Buffer.from(data),
    extensions: { aliyuneventbusname: BUS },
  });
const of = (name, rule) => new models[name]({ eventBusName: BUS, ruleName: "made", ...rule });
const code = (promise) => promise.then(() => "none", (error) => error.code);

async function main() {
  const seen = {};
  await client.createEventBus(new models.CreateEventBusRequest({ eventBusName: BUS, description: "mine" }));
  seen.buses = (await client.listEventBuses(new models.ListEventBusesRequest({}))).eventBuses.map((bus) => bus.eventBusName);
  const filterPattern = JSON.stringify({ source: ["my.app"], data: { total: [{ numeric: [">", 10] }] } });
  await client.createRule(of("CreateRuleRequest", { status: "enable", filterPattern, targets: [target("first")] }));
  await client.createTargets(of("CreateTargetsRequest", { targets: [target("second")] }));
  seen.targets = (await client.listTargets(of("ListTargetsRequest"))).targets.map((one) => [one.id, one.paramList.length]);
  await client.deleteTargets(of("DeleteTargetsRequest", { targetIds: ["second"] }));
  const rule = await client.getRule(of("GetRuleRequest"));
  seen.rule = [rule.ruleName, rule.status, rule.filterPattern === filterPattern, rule.targets.map((one) => one.id)];
  const pattern = { event: JSON.stringify({ source: "my.app", data: { total: 12.5 } }), eventPattern: filterPattern };
  seen.matches = (await client.testEventPattern(new models.TestEventPatternRequest(pattern))).result;
  const put = await client.putEvents([event("a", '{"total": 12.5}'), event("b", '{"total": 1}'), event("", "{}")]);
  seen.put = [put.failedEntryCount, put.entryList.map((entry) => [entry.eventId, entry.errorCode || ""])];
  const traced = await client.queryEventTraces(new models.QueryEventTracesRequest({ eventBusName: BUS, eventId: "a" }));
  seen.traces = traced.eventTraceList.map((trace) => [trace.action, trace.ruleName || "", trace.notifyStatus || ""]);
  await client.disableRule(of("DisableRuleRequest"));
  const listed = await client.listRules(new models.ListRulesRequest({ eventBusName: BUS, ruleNamePrefix: "ma", limit: 10 }));
  seen.listed = listed.rules.map((one) => [one.ruleName, one.status]);
  seen.taken = await code(client.createEventBus(new models.CreateEventBusRequest({ eventBusName: BUS })));
  await client.deleteRule(of("DeleteRuleRequest"));
  seen.gone = await code(client.getRule(of("GetRuleRequest")));
  await client.deleteEventBus(new models.DeleteEventBusRequest({ eventBusName: BUS }));
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

// @alicloud/fc2 (the 2016-08-15 API) against `yunmock serve`: invoke in every way, describe what is deployed, HTTP triggers.
// Prints one JSON object. Everything it needs to know comes from the environment the server printed.
const FcClient = require("@alicloud/fc2");
const env = process.env;
const client = new FcClient(env.ALIBABA_CLOUD_ACCOUNT_ID, {
  accessKeyID: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  region: env.ALIBABA_CLOUD_REGION_ID,
  endpoint: env.FC_ENDPOINT,
});
const refusal = (promise) => promise.then(() => "none", (error) => [error.code, error.name]);

async function main() {
  const seen = {};
  const event = JSON.stringify({ n: 1 });
  const invoked = await client.invokeFunction("any", "echo", event, { "x-fc-log-type": "Tail" });
  const log = Buffer.from(invoked.headers["x-fc-log-result"], "base64").toString();
  seen.invoked = [JSON.parse(invoked.data), log.includes("said hello"), Boolean(invoked.headers["x-fc-request-id"])];
  const queued = await client.invokeFunction("any", "echo", event, { "x-fc-invocation-type": "Async" });
  seen.queued = Boolean(queued.headers["x-fc-request-id"]);
  const failed = await client.invokeFunction("any", "echo", JSON.stringify({ fail: true }));
  seen.failed = [failed.headers["x-fc-error-type"], failed.data.errorType];
  seen.functions = (await client.listFunctions("any", { prefix: "ec", limit: 10 })).data.functions.map((one) => one.functionName);
  const described = (await client.getFunction("any", "echo")).data;
  seen.described = [described.runtime, described.handler, described.memorySize, described.timeout];
  seen.triggers = (await client.listTriggers("any", "echo")).data.triggers.map((one) => [one.triggerName, one.triggerType]);
  seen.trigger = (await client.getTrigger("any", "echo", "web")).data.triggerConfig.authType;
  seen.config = (await client.getFunctionAsyncConfig("any", "echo")).data.maxAsyncRetryAttempts;
  const page = JSON.parse((await client.get("/proxy/any/echo/a/b", { q: "1" })).data);
  seen.page = [page.rawPath, page.queryParameters];
  seen.unknown = await refusal(client.invokeFunction("any", "other", "{}"));
  seen.large = await refusal(client.invokeFunction("any", "echo", "x".repeat(128 * 1024 + 1), { "x-fc-invocation-type": "Async" }));
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

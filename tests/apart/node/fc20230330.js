// @alicloud/fc20230330 (the API of FC 3.0) against `yunmock serve`: invoke in every way, describe what is deployed.
// Prints one JSON object. Everything it needs to know comes from the environment the server printed.
const { default: Client, ...models } = require("@alicloud/fc20230330");
const { $OpenApiUtil } = require("@alicloud/openapi-core");
const { RuntimeOptions } = require("@darabonba/typescript");
const { Readable } = require("stream");
const env = process.env;
const client = new Client(
  new $OpenApiUtil.Config({
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: new URL(env.FC_ENDPOINT).host,
    protocol: "http",
  }),
);
const runtime = new RuntimeOptions({});
const text = async (stream) => Buffer.concat(await Readable.from(stream).toArray()).toString();
const invoke = async (name, event, headers) => {
  const request = new models.InvokeFunctionRequest({ body: Readable.from([Buffer.from(event)]) });
  const answer = await client.invokeFunctionWithOptions(name, request, new models.InvokeFunctionHeaders(headers), runtime);
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer.body) };
};
const refusal = (promise) => promise.then(() => "none", (error) => [error.code, error.statusCode || error.data.statusCode]);

async function main() {
  const seen = {};
  const invoked = await invoke("echo", '{"n": 1}', { xFcInvocationType: "Sync", xFcLogType: "Tail" });
  const log = Buffer.from(invoked.headers["x-fc-log-result"], "base64").toString();
  seen.invoked = [invoked.status, JSON.parse(invoked.body), log.includes("said hello")];
  const queued = await invoke("echo", '{"n": 1}', { xFcInvocationType: "Async" });
  seen.queued = [queued.status, queued.body];
  const failed = await invoke("echo", '{"fail": true}', {});
  seen.failed = [failed.status, failed.headers["x-fc-error-type"], JSON.parse(failed.body).errorType];
  const listed = await client.listFunctions(new models.ListFunctionsRequest({ prefix: "ec", limit: 10 }));
  seen.functions = listed.body.functions.map((one) => one.functionName);
  const described = (await client.getFunction("echo", new models.GetFunctionRequest({}))).body;
  seen.described = [described.runtime, described.handler, described.memorySize, described.timeout];
  const triggers = (await client.listTriggers("echo", new models.ListTriggersRequest({}))).body.triggers;
  seen.triggers = triggers.map((one) => [one.triggerName, one.triggerType]);
  seen.trigger = JSON.parse((await client.getTrigger("echo", "web")).body.triggerConfig).authType;
  const config = await client.getAsyncInvokeConfig("echo", new models.GetAsyncInvokeConfigRequest({}));
  seen.config = config.body.maxAsyncRetryAttempts;
  seen.unknown = await refusal(client.getFunction("other", new models.GetFunctionRequest({})));
  seen.task = await refusal(invoke("echo", "{}", { xFcInvocationType: "Async", xFcAsyncTaskId: "job" }));
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

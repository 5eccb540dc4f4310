// @alicloud/eci20180808 against `yunmock serve`: container groups and their events, by pages and filters.
// Prints one JSON object. Everything it needs to know comes from the environment the server printed.
const { default: Client, ...models } = require("@alicloud/eci20180808");
const { Config } = require("@alicloud/openapi-client");
const env = process.env;
const regionId = env.ALIBABA_CLOUD_REGION_ID;
const client = new Client(
  new Config({
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: new URL(env.ECI_ENDPOINT).host,
    protocol: "http",
  }),
);
const control = async (call, given) => {
  const answer = await fetch(`${env.YUNMOCK_URL}/_yunmock/eci/${call}`, { method: "POST", body: JSON.stringify(given) });
  return (await answer.json()).result;
};
const groups = async (given) =>
  (await client.describeContainerGroups(new models.DescribeContainerGroupsRequest({ regionId, ...given }))).body;

async function main() {
  const seen = {};
  const made = [];
  for (const name of ["a", "b", "c"]) made.push(await control("create_container_group", { region: regionId, name, status: "Running" }));
  await control("add_event", { group_id: made[0], reason: "Pulled", type: "Normal", message: "Container image pulled" });
  const all = await groups({});
  seen.all = [all.totalCount, all.containerGroups.map((one) => one.containerGroupName).sort()];
  const first = await groups({ limit: 2 });
  const second = await groups({ limit: 2, nextToken: first.nextToken });
  seen.pages = [first.containerGroups.length, second.containerGroups.length, second.nextToken || ""];
  const one = (await groups({ containerGroupIds: JSON.stringify([made[0]]), withEvent: true })).containerGroups;
  seen.one = one.map((group) => [group.containerGroupName, group.status, group.events.map((event) => event.reason)]);
  const request = new models.DescribeContainerGroupEventsRequest({ regionId, containerGroupIds: JSON.stringify([made[0]]) });
  const events = (await client.describeContainerGroupEvents(request)).body;
  seen.events = events.data.map((entry) => [entry.containerGroupId === made[0], entry.events.map((event) => event.reason)]);
  seen.refused = await groups({ regionId: "" }).then(() => "none", (error) => error.code);
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

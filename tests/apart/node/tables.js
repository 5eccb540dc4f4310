// The vendor's Node SDK against `yunmock serve`: the life of a table with an index, and what the SDK decodes of each answer.
// Prints one JSON object. Everything it needs to know comes from the environment the server printed.
const TableStore = require("tablestore");
const env = process.env;
const client = new TableStore.Client({
  accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  secretAccessKey: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint: env.OTS_ENDPOINT,
  instancename: env.OTS_INSTANCE,
  maxRetries: 0,
});
const { Condition, RowExistenceExpectation: Expect, Long, Direction, INF_MIN, INF_MAX } = TableStore;
const call = (name, params) =>
  new Promise((resolve, reject) => client[name](params, (error, data) => (error ? reject(error) : resolve(data))));
const ignore = new Condition(Expect.IGNORE, null);
const key = (id) => [{ id }];
const columns = (row) => Object.fromEntries(row.attributes.map((column) => [column.columnName, String(column.columnValue)]));
const options = (found) => ({ ttl: found.timeToLive, versions: found.maxVersions, update: found.allowUpdate });
const described = async (name) => {
  const { tableMeta, tableStatus, tableOptions, streamDetails, indexMetas, reservedThroughputDetails } = await call(
    "describeTable",
    { tableName: name },
  );
  return {
    name: tableMeta.tableName,
    key: tableMeta.primaryKey.map((column) => [column.name, column.type]),
    defined: tableMeta.definedColumn.map((column) => [column.name, column.type]),
    status: tableStatus,
    options: options(tableOptions),
    stream: [streamDetails.enableStream, String(streamDetails.lastEnableTime)],
    indexes: indexMetas.map((index) => [index.name, index.indexSyncPhase === TableStore.SyncPhase.INCR]),
    reserved: [reservedThroughputDetails.capacityUnit.read, reservedThroughputDetails.capacityUnit.write],
  };
};

async function main() {
  const seen = {};
  await call("createTable", {
    tableMeta: {
      tableName: "t",
      primaryKey: [{ name: "id", type: "STRING" }],
      definedColumn: [{ name: "n", type: TableStore.DefinedColumnType.DCT_INTEGER }],
    },
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: { timeToLive: -1, maxVersions: 1 },
    indexMetas: [{ name: "by_n", primaryKey: ["n"], definedColumn: [] }],
  });
  seen.described = await described("t");
  const put = await call("putRow", { tableName: "t", condition: ignore, primaryKey: key("a"), attributeColumns: [{ n: Long.fromNumber(1) }] });
  seen.put = put.consumed.capacityUnit.write;
  seen.got = columns((await call("getRow", { tableName: "t", primaryKey: key("a"), maxVersions: 1 })).row);
  const rows = ["b", "c"].map((id) => ({ type: "PUT", condition: ignore, primaryKey: key(id), attributeColumns: [{ n: Long.fromNumber(2) }] }));
  const batch = await call("batchWriteRow", { tables: [{ tableName: "t", rows }] });
  seen.batch = batch.tables.map((row) => [row.isOk, row.capacityUnit.write]);
  const range = { tableName: "t", direction: Direction.FORWARD, maxVersions: 1, limit: 10 };
  const found = await call("getRange", { ...range, inclusiveStartPrimaryKey: key(INF_MIN), exclusiveEndPrimaryKey: key(INF_MAX) });
  seen.range = found.rows.map((row) => String(row.primaryKey[0].value));
  // The SDK sends maxVersions 1 where none is given, so a specific time is always refused (its issue 58).
  const specific = { tableName: "t", primaryKey: key("a"), timeRange: { specificTime: 1 }, maxVersions: undefined };
  seen.specific = await call("getRow", specific).then(() => "none", (error) => /Specific .* time\./.exec(error.message)[0]);
  const updated = await call("updateTable", { tableName: "t", tableOptions: { timeToLive: 86400, maxVersions: 1, maxTimeDeviation: 86400 } });
  seen.updated = [options(updated.tableOptions), updated.streamDetails.enableStream];
  const started = await call("startLocalTransaction", { tableName: "t", primaryKey: key("a") });
  seen.committed = Boolean(await call("commitTransaction", { transactionId: started.transactionId }));
  await call("deleteTable", { tableName: "t" });
  seen.deleted = await call("describeTable", { tableName: "t" }).then(() => "none", (error) => error.code);
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

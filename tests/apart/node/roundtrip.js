// The vendor's Node SDK against `yunmock serve`: put, get, range, batch, condition. Prints one JSON object.
// Everything it needs to know comes from the environment the server printed.
const TableStore = require("tablestore");
const env = process.env;
const client = new TableStore.Client({
  accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  secretAccessKey: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint: env.OTS_ENDPOINT,
  instancename: env.OTS_INSTANCE,
  maxRetries: 0,
});
const { Condition, RowExistenceExpectation: Expect, Long } = TableStore;
const call = (name, params) =>
  new Promise((resolve, reject) => client[name](params, (error, data) => (error ? reject(error) : resolve(data))));
const columns = (row) => Object.fromEntries((row.attributes || []).map((column) => [column.columnName, String(column.columnValue)]));
const keys = (rows) => rows.map((row) => String(row.primaryKey[0].value));
const key = (id) => [{ id }];
const put = (id, attributes, expectation) =>
  call("putRow", { tableName: "t", condition: new Condition(expectation, null), primaryKey: key(id), attributeColumns: attributes });

async function main() {
  const seen = {};
  await call("createTable", {
    tableMeta: { tableName: "t", primaryKey: [{ name: "id", type: "STRING" }] },
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: { timeToLive: -1, maxVersions: 1 },
  });
  await put("a", [{ text: "hällo" }, { number: Long.fromNumber(42) }, { flag: true }], Expect.EXPECT_NOT_EXIST);
  seen.got = columns((await call("getRow", { tableName: "t", primaryKey: key("a"), maxVersions: 1 })).row);
  seen.conflict = await put("a", [{ text: "again" }], Expect.EXPECT_NOT_EXIST).then(() => "none", (error) => error.code);
  const condition = new TableStore.SingleColumnCondition("number", Long.fromNumber(41), TableStore.ComparatorType.EQUAL);
  const update = { tableName: "t", primaryKey: key("a"), updateOfAttributeColumns: [{ PUT: [{ text: "changed" }] }] };
  update.condition = new Condition(Expect.EXPECT_EXIST, condition);
  seen.condition = await call("updateRow", update).then(() => "none", (error) => error.code);
  const rows = ["b", "c", "d"].map((id) => ({
    type: "PUT",
    condition: new Condition(Expect.IGNORE, null),
    primaryKey: key(id),
    attributeColumns: [{ n: id }],
    returnContent: { returnType: TableStore.ReturnType.Primarykey },
  }));
  seen.batch = (await call("batchWriteRow", { tables: [{ tableName: "t", rows }] })).tables.map((row) => row.isOk);
  const range = (direction, start, end, limit) =>
    call("getRange", { tableName: "t", direction, maxVersions: 1, inclusiveStartPrimaryKey: key(start), exclusiveEndPrimaryKey: key(end), limit });
  const first = await range(TableStore.Direction.FORWARD, TableStore.INF_MIN, TableStore.INF_MAX, 3);
  seen.range = keys(first.rows);
  seen.next = String(first.nextStartPrimaryKey[0].value);
  seen.backward = keys((await range(TableStore.Direction.BACKWARD, TableStore.INF_MAX, TableStore.INF_MIN, 10)).rows);
  await call("deleteRow", { tableName: "t", condition: new Condition(Expect.IGNORE, null), primaryKey: key("a") });
  const gone = await call("getRow", { tableName: "t", primaryKey: key("a"), maxVersions: 1 });
  seen.gone = !gone.row || !gone.row.primaryKey;
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(String(error.stack || error.message || error));
  process.exit(1);
});

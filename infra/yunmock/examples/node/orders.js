// Orders in a table. The program knows nothing of yunmock: it takes its endpoint and its keys from the environment.
const TableStore = require("tablestore");

const env = process.env;
const client = new TableStore.Client({
  accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
  secretAccessKey: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
  endpoint: env.OTS_ENDPOINT,
  instancename: env.OTS_INSTANCE,
});
const { Condition, RowExistenceExpectation, Long, PrimaryKeyType } = TableStore;

exports.createTable = () =>
  client.createTable({
    tableMeta: { tableName: "orders", primaryKey: [{ name: "id", type: PrimaryKeyType.STRING }] },
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: { timeToLive: -1, maxVersions: 1 },
  });

// Rejects with code 403 (OTSConditionCheckFail) if the order is there already.
exports.add = (id, total) =>
  client.putRow({
    tableName: "orders",
    condition: new Condition(RowExistenceExpectation.EXPECT_NOT_EXIST, null),
    primaryKey: [{ id }],
    attributeColumns: [{ total: Long.fromNumber(total) }],
  });

exports.total = async (id) => {
  const { row } = await client.getRow({ tableName: "orders", primaryKey: [{ id }], maxVersions: 1 });
  return Number(row.attributes[0].columnValue);
};

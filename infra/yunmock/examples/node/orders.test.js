// Starts `yunmock serve`, reads the line that it prints, and tests orders.js against it.
const assert = require("node:assert");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { createInterface } = require("node:readline");
const { after, before, test } = require("node:test");

let cloud;
let orders;

before(async () => {
  cloud = spawn("yunmock", ["serve", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: cloud.stdout }), "line");
  Object.assign(process.env, JSON.parse(line).env);
  orders = require("./orders.js");
  await orders.createTable();
});

after(() => cloud.kill());

test("an order is kept", async () => {
  await orders.add("a", 3);
  assert.strictEqual(await orders.total("a"), 3);
});

test("an order is added once", async () => {
  await orders.add("b", 1);
  await assert.rejects(orders.add("b", 2), { code: 403 });
});

test("what happens when an answer is lost", async () => {
  const fault = { service: "tablestore", operation: "PutRow", when: "after", action: "error", code: "OTSServerBusy", status: 503 };
  await fetch(`${process.env.YUNMOCK_URL}/_yunmock/faults`, { method: "POST", body: JSON.stringify(fault) });
  await assert.rejects(orders.add("c", 5)); // the SDK tries again, and finds the row that it has written
  assert.strictEqual(await orders.total("c"), 5);
});

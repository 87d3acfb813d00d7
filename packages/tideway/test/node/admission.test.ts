import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Admission, type AdmissionLimits, type Place } from "../../dist/node/admission.js";

const none: AdmissionLimits = {
  maxConnections: 50_000,
  maxConnectionsPerAddress: undefined,
  maxConnectionRate: undefined,
};

/** An admission with a clock that stands until it is moved. */
function setUp(limits: Partial<AdmissionLimits> = {}) {
  const clock = { now: 1000 };
  return { clock, admission: new Admission({ ...none, ...limits }, () => clock.now) };
}

/** Enters `count` times; gives what came of it: letters, and the places of those who are in. */
function enter(admission: Admission, address: string, count: number) {
  const places: Place[] = [];
  const denials: string[] = [];
  for (let i = 0; i < count; i++) {
    const result = admission.enter(address);
    if (typeof result === "string") denials.push(result);
    else places.push(result);
  }
  return { places, denials };
}

test("O-30 the 101st connection of one address is refused, another address is not", () => {
  const { admission } = setUp({ maxConnectionRate: Number.POSITIVE_INFINITY });
  const { places, denials } = enter(admission, "203.0.113.9", 101);
  assert.equal(places.length, 100);
  assert.deepEqual(denials, ["address"]);
  assert.equal(typeof admission.enter("203.0.113.10"), "object");
  admission.leave(places[0]!);
  assert.equal(typeof admission.enter("203.0.113.9"), "object");
});

const groups: readonly (readonly [a: string, b: string, same: boolean])[] = [
  ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true],
  ["2001:db8:1:2::1", "2001:DB8:0001:2:0:0:0:9", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["2001:db8::1", "2001:db8:0:0:1::", true],
  ["2001:db8::1", "2001:db8:0:1::", false],
  ["2001::1", "2001:0:0:0:5:6:7:8", true],
  ["2001:1:2:3:4:5:6:7", "2001:1:2:3:4::", true],
  ["::ffff:203.0.113.9", "203.0.113.9", true],
  ["::ffff:203.0.113.9", "::ffff:203.0.113.10", false],
  ["64:ff9b::203.0.113.9", "64:ff9b::198.51.100.1", true],
];

for (const [a, b, same] of groups) {
  test(`O-30 ${a} and ${b} are ${same ? "one customer" : "two"}`, () => {
    const { admission } = setUp({ maxConnectionsPerAddress: 1 });
    assert.equal(typeof admission.enter(a), "object");
    assert.equal(admission.enter(b) === "address", same);
  });
}

const addresses: readonly (readonly [address: string, local: boolean])[] = [
  ["127.0.0.1", true],
  ["127.255.255.254", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["10.255.0.1", true],
  ["172.16.0.1", true],
  ["172.31.255.255", true],
  ["172.32.0.1", false],
  ["192.168.1.1", true],
  ["192.169.1.1", false],
  ["169.254.1.1", true],
  ["fe80::1%eth0", true],
  ["fd00::1", true],
  ["fe00::1", false],
  ["100.64.0.1", false],
  ["203.0.113.9", false],
  ["2001:db8::1", false],
  ["", true],
];

for (const [address, local] of addresses) {
  test(`${address || "a unix socket"} is ${local ? "exempt unless the limits are set" : "limited"}`, () => {
    const byDefault = setUp();
    const { denials } = enter(byDefault.admission, address, 101);
    assert.equal(denials.length, local ? 0 : 51, "by default: 50 in a burst");
    const set = setUp({ maxConnectionsPerAddress: 2 });
    assert.deepEqual(enter(set.admission, address, 3).denials, ["address"]);
    const rate = setUp({ maxConnectionRate: 2 });
    assert.deepEqual(enter(rate.admission, address, 6).denials, ["rate"]);
  });
}

test("the rate: 50 at once, then 20 per second", () => {
  const { admission, clock } = setUp({ maxConnectionsPerAddress: Number.POSITIVE_INFINITY });
  const at = (now: number) => {
    clock.now = now;
    return enter(admission, "203.0.113.9", 100).places.length;
  };
  assert.equal(at(1000), 50);
  assert.equal(at(1049), 0);
  assert.equal(at(1050), 1);
  assert.equal(at(2050), 20);
  assert.equal(at(2050), 0);
  assert.equal(at(60_000), 50, "never more than a burst");
});

test("a rate of 1 per second lets in 2, then one a second", () => {
  const { admission, clock } = setUp({ maxConnectionRate: 1 });
  assert.equal(enter(admission, "203.0.113.9", 9).places.length, 2);
  clock.now += 500;
  assert.equal(enter(admission, "203.0.113.9", 9).places.length, 1);
});

test("who is refused for the number does not use up the rate", () => {
  const { admission } = setUp({ maxConnectionsPerAddress: 1, maxConnectionRate: 2 });
  const [place] = enter(admission, "203.0.113.9", 50).places;
  admission.leave(place!);
  assert.equal(typeof admission.enter("203.0.113.9"), "object");
});

test("O-32 the total comes first", () => {
  const { admission } = setUp({ maxConnections: 3, maxConnectionsPerAddress: 1 });
  for (const address of ["203.0.113.1", "203.0.113.2", "127.0.0.1"]) {
    assert.equal(typeof admission.enter(address), "object");
  }
  assert.equal(admission.enter("203.0.113.1"), "full");
  assert.equal(admission.enter("127.0.0.1"), "full");
});

test("who leaves makes room for one", () => {
  const { admission } = setUp({ maxConnectionsPerAddress: 2 });
  const { places } = enter(admission, "203.0.113.9", 2);
  admission.leave(places[0]!);
  assert.equal(admission.total, 1);
  assert.deepEqual(enter(admission, "203.0.113.9", 2).denials, ["address"]);
});

test("X-4 whatever comes and goes, the counters end at zero", () => {
  const step = fc.record({ address: fc.constantFrom("203.0.113.9", "2001:db8::1", "10.0.0.1", ""), leave: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { admission } = setUp({ maxConnections: 9, maxConnectionsPerAddress: 3 });
      const inside: { address: string; place: Place }[] = [];
      for (const { address, leave } of steps) {
        const result = admission.enter(address);
        if (typeof result === "object") inside.push({ address, place: result });
        else if (result === "full") assert.equal(inside.length, 9);
        else if (result === "address") assert.equal(inside.filter((one) => one.address === address).length, 3);
        const [gone] = leave < inside.length ? inside.splice(leave, 1) : [];
        if (gone !== undefined) admission.leave(gone.place);
        assert.equal(admission.total, inside.length);
        assert.equal(admission.addresses, new Set(inside.map((one) => one.address)).size);
      }
      for (const { place } of inside) admission.leave(place);
      assert.deepEqual([admission.total, admission.addresses], [0, 0]);
    }),
  );
});

test("more addresses than are remembered: nobody is locked out for it", () => {
  const { admission } = setUp();
  for (let i = 0; i < 12_000; i++) {
    const place = admission.enter(`203.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);
    assert.equal(typeof place, "object");
    if (typeof place === "object") admission.leave(place);
  }
  assert.equal(admission.addresses, 0);
});

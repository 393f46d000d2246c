// The CDK's own differ, behind one JSON document in and one out.
//
// Its tables of statements are left out: they are as wide as their longest condition, leave managed policies out, and
// review/statements.py says the same in a line each. In, on standard input: [{"old": template, "new": template}, …]. Out: for each pair what `cdk diff` prints, and each
// difference as a value: [{"text": "…", "resources": [{…}], "others": [{…}]}, …].

import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { Formatter, fullDiff } from '@aws-cdk/cloudformation-diff';

const SECTIONS = {
  parameters: ['Parameters', 'Parameter'],
  metadata: ['Metadata', 'Metadata'],
  mappings: ['Mappings', 'Mapping'],
  conditions: ['Conditions', 'Condition'],
  resources: ['Resources', 'Resource'],
  outputs: ['Outputs', 'Output'],
  unknown: ['Other Changes', 'Unknown'],
};

function printed(diff) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const formatter = new Formatter(stream, {}, diff);
  for (const [section, [title, entry]] of Object.entries(SECTIONS)) {
    const resource = section === 'resources' ? formatter.formatResourceDifference.bind(formatter) : undefined;
    formatter.formatSection(title, entry, diff[section], resource);
  }
  return Buffer.concat(chunks).toString();
}

function updates(changes) {
  return Object.entries(changes).map(([name, change]) => ({
    name,
    old: change.oldValue ?? null,
    new: change.newValue ?? null,
    impact: change.changeImpact ?? null,
  }));
}

function resources(diff) {
  return Object.entries(diff.resources.changes).map(([logicalId, change]) => ({
    logical_id: logicalId,
    old: change.oldValue ?? null,
    new: change.newValue ?? null,
    impact: change.changeImpact,
    properties: updates(change.propertyUpdates),
    attributes: updates(change.otherChanges),
  }));
}

function others(diff) {
  return Object.keys(SECTIONS).filter((section) => section !== 'resources').flatMap((section) =>
    updates(diff[section].changes).map((change) => ({ ...change, section })),
  );
}

function compared({ old, new: head }) {
  const diff = fullDiff(old, head);
  return { text: diff.isEmpty ? '' : printed(diff), resources: resources(diff), others: others(diff) };
}

const pairs = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(pairs.map(compared)));

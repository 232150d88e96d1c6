import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHome } from './kit/gateway.ts';
import { answering, askedOf } from './kit/plays.ts';
import { startProgram } from './kit/program.ts';
import { type Seat, startUpstream } from './kit/upstream.ts';
import { WIRES, type Wire } from './kit/wires.ts';

setDefaultTimeout(60_000);

const [chat] = WIRES as [Wire];

test('no secret and no words of a caller stand in log, answers, /health, database or its log', async () => {
  const canaries = { provider: 'canary-provider-key-7f3a', prompt: 'canary prompt 51c9', answer: 'canaryanswer8e2d' };
  const plays: Readonly<Record<string, (seat: Seat) => void>> = {
    right: (seat) => answering(canaries.answer)(seat, askedOf(seat)),
    // Providers do quote what they were sent.
    refuses: (seat) =>
      seat.reply(401, JSON.stringify({ error: { message: `Incorrect API key provided: ${canaries.provider}` } })),
    fails: (seat) => seat.reply(500, JSON.stringify({ error: { message: `failed on: ${canaries.prompt}` } })),
    page: (seat) => seat.reply(200, `<html>${canaries.provider}</html>`),
    quotes: (seat) => seat.reply(400, JSON.stringify({ error: { message: `bad request with ${canaries.provider}` } })),
    limits: (seat) => seat.reply(429, JSON.stringify({ error: { message: `limit of ${canaries.provider}` } })),
    babbles: (seat) => seat.reply(200, `${canaries.answer} and more`),
    silent: () => undefined,
    redirects: (seat) => seat.reply(302, '', { location: `http://x.example/?key=${canaries.provider}` }),
    cuts: (seat) => {
      seat.openStream();
      seat.write(chat.opening + chat.content(canaries.answer));
      seat.end();
    },
  };
  const upstream = startUpstream((seat) => plays[askedOf(seat).model]?.(seat));
  const home = makeHome();
  const models = Object.keys(plays).map((name) => `  ${name}: up/${name}\n`);
  home.write(
    `providers:\n  up: { type: simulator, formats: [openai-chat], baseUrl: "${upstream.url}", apiKey: "\${CANARY}" }\nmodels:\n${models.join('')}limits: { firstByteTimeout: 100ms, unaryTimeout: 100ms }`,
  );
  const program = await startProgram(home, { env: { CANARY: canaries.provider }, words: ['--log-level', 'silly'] });
  try {
    const answers: string[] = [];
    const send = async (wire: Wire, model: string, options: { key: string; stream?: boolean; body?: string }) => {
      const { key, stream = false, body = JSON.stringify(wire.ask(model, stream, canaries.prompt)) } = options;
      const url = new URL(program.url + wire.path(model, stream));
      url.searchParams.set('key', key);
      const answer = await fetch(url, { method: 'POST', headers: { 'x-goog-api-key': key }, body });
      const text = await answer.text();
      if (!['right', 'cuts'].includes(model)) answers.push(text, JSON.stringify([...answer.headers]));
      return answer.status;
    };
    for (const wire of WIRES) {
      for (const model of Object.keys(plays)) {
        for (const stream of [false, true]) await send(wire, model, { key: home.clientKey, stream });
      }
      expect(await send(wire, 'right', { key: `${home.clientKey.slice(0, -3)}abc` })).toBe(401);
      expect(await send(wire, 'right', { key: `wrong-${canaries.provider}` })).toBe(401);
      await send(wire, canaries.prompt.replaceAll(' ', '-'), { key: home.clientKey });
      await send(wire, 'right', { key: home.adminKey, body: `{"${canaries.prompt}` });
    }
    answers.push(
      await (await fetch(`${program.url}/health`)).text(),
      await (await fetch(`${program.url}/version`)).text(),
    );
    program.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    const database = readFileSync(join(home.dataFolder, 'plexus.db'), 'latin1');
    const places = { log: program.errors(), answers: answers.join('\n'), database };
    const secrets = {
      providerKey: canaries.provider,
      clientKey: home.clientKey,
      clientKeyPart: home.clientKey.slice(4, 40),
      adminKey: home.adminKey,
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length).toBeGreaterThan(100);
      for (const [name, secret] of Object.entries(secrets)) {
        expect({ place, name, isThere: text.includes(secret) }).toEqual({ place, name, isThere: false });
      }
    }
    expect(places.log).not.toContain(canaries.prompt);
    expect(places.log).not.toContain(canaries.answer);
    expect(database).not.toContain(canaries.prompt);
    expect(database).not.toContain(canaries.answer);
    expect(upstream.calls.length).toBeGreaterThan(50);
    expect(upstream.calls.every(({ path }) => !path.includes(home.clientKey))).toBe(true);
  } finally {
    program.kill('SIGKILL');
    upstream.stop();
    home.remove();
  }
});

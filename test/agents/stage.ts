import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RunningGateway, startGateway } from '../../packages/backend/src/gateway.ts';
import { generateKey, hashKey, loadPepper } from '../../packages/backend/src/services/access/index.ts';
import { type Simulator, startSimulator } from '../../packages/backend/src/simulator/index.ts';
import type { FormatId } from '../../packages/backend/src/types/format-id.ts';
import { createLogger } from '../../packages/backend/src/utils/logger.ts';
import type { Agent, Stage } from './agent.ts';

/** Stands in the file that is read, and nowhere else. */
export const SECRET_WORD = 'halcyon-4471';
const FILE = 'notes.txt';
const PICTURE_FILE = 'picture.png';
/** One grey pixel, in base64. */
export const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** The file that the prompt wants written, and its first line; the model adds a second one that escapes badly. */
export const NEW_FILE = 'summary.txt';
export const FIRST_LINE = 'Written by the model';

export interface OpenStage extends Stage {
  readonly folder: string;
  readonly simulator: Simulator;
  /** Hosts that were asked for through the proxy: every one beyond this machine, all refused. */
  readonly strangers: ReadonlySet<string>;
  readonly proxyUrl: string;
  close(): Promise<void>;
}

/** Which of the simulator's models stand behind each name that an agent asks for, in the order of trying. */
export interface Lineup {
  readonly name: string;
  readonly targets: readonly string[];
}

/** Where the base address ends in each format. */
const BASES: Readonly<Record<FormatId, string>> = {
  'openai-chat': '/v1',
  'openai-responses': '/v1',
  'anthropic-messages': '',
  gemini: '',
};

/** A gateway whose only provider is a simulator that speaks `upstream`; every name of the agent leads to the line-up. */
export async function openStage(agent: Agent, upstream: FormatId, { targets }: Lineup): Promise<OpenStage> {
  const folder = mkdtempSync(join(tmpdir(), `plexus-${agent.name}-${upstream}-`));
  const [home, work, dataFolder] = ['home', 'work', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [home, work, dataFolder]) mkdirSync(one, { recursive: true });
  writeFileSync(join(work, PICTURE_FILE), Buffer.from(PICTURE, 'base64'));
  writeFileSync(join(work, FILE), `The secret word is ${SECRET_WORD}.\n`);
  const simulator = startSimulator({ port: 0 });
  const clientKey = generateKey('client');
  const hash = hashKey(loadPepper(dataFolder, createLogger('error')), clientKey);
  const configFile = join(folder, 'plexus.yaml');
  const insists = agent.keepsSignatures || upstream !== 'gemini';
  const lineup = targets.map((target) => `upstream/${target}${insists ? '' : ':lenient'}`);
  const keyFile = join(folder, 'upstream-key');
  writeFileSync(keyFile, 'simulated');
  const config = {
    providers: {
      upstream: {
        type: upstream,
        baseUrl: `${simulator.url}${BASES[upstream]}`,
        apiKey: `file:${keyFile}`,
        privateNetwork: true,
        // A model that thinks before calls wants its words back; Chat servers differ in that, so the operator says it.
        ...(upstream === 'openai-chat' && { quirks: { needsReasoningBack: true } }),
      },
    },
    models: Object.fromEntries(agent.models.map((name) => [name, lineup])),
    keys: [{ id: 'agent', hash }],
  };
  // JSON is YAML as well.
  writeFileSync(configFile, JSON.stringify(config));
  const gateway = await startGateway({ configFile, dataFolder, port: 0, simulator: false, logLevel: 'warn' });
  const proxy = startProxy();
  const stage: Stage = {
    home,
    work,
    gatewayUrl: gateway.url,
    clientKey,
    prompt: `Create ${join(work, NEW_FILE)} saying «${FIRST_LINE}», look at ${join(work, PICTURE_FILE)}, then read ${join(work, FILE)} and tell me the secret word.`,
  };
  for (const [path, text] of Object.entries(agent.files(stage))) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  return {
    ...stage,
    folder,
    simulator,
    strangers: proxy.asked,
    proxyUrl: proxy.url,
    close: () => closeAll(gateway, simulator, proxy),
  };
}

async function closeAll(gateway: RunningGateway, simulator: Simulator, proxy: Proxy): Promise<void> {
  await gateway.stop(1000);
  await simulator.stop();
  proxy.stop();
}

interface Proxy {
  readonly url: string;
  readonly asked: ReadonlySet<string>;
  stop(): void;
}

/** A proxy that lets nothing through and remembers who was asked for: no run depends on the internet. */
function startProxy(): Proxy {
  const asked = new Set<string>();
  const listener = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket, bytes) {
        const [, , target] = /^([A-Z]+) (\S+) HTTP/.exec(new TextDecoder().decode(bytes)) ?? [];
        if (target !== undefined) asked.add(target);
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      },
    },
  });
  return { url: `http://127.0.0.1:${listener.port}`, asked, stop: () => listener.stop(true) };
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { FaultProxy } from '@tenure/conformance';

/** A client that remembers what it heard and how its connection went. */
class Client {
  readonly socket: Socket;
  heard = '';
  state: 'open' | 'ended' | 'reset' = 'open';

  constructor({ host, port }: { host: string; port: number }) {
    this.socket = connect({ host, port, noDelay: true });
    this.socket.on('data', (chunk) => {
      this.heard += chunk;
    });
    this.socket.on('end', () => {
      this.state = 'ended';
    });
    this.socket.on('error', () => {
      this.state = 'reset';
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }

  async hears(text: string): Promise<void> {
    await until(
      () => this.heard === text,
      () => `heard "${this.heard}" and not "${text}"`,
    );
  }

  async becomes(state: Client['state']): Promise<void> {
    await until(
      () => this.state === state,
      () => `is ${this.state} and not ${state}`,
    );
  }
}

async function until(condition: () => boolean, otherwise: () => string): Promise<void> {
  // The machine may be busy; nothing here takes more than a few milliseconds by itself.
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) assert.fail(otherwise());
    await pause(2);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Long enough for a byte that should not come to have come. */
const QUIET = 80;

describe('FaultProxy', () => {
  let server: Server;
  let served: Socket[] = [];
  let arrived = '';
  const target = () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });

  /** Answers everything with the same in capitals. */
  before(async () => {
    server = createServer({ noDelay: true }, (socket) => {
      served.push(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        arrived += chunk;
        socket.write(String(chunk).toUpperCase());
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  async function scene(run: (proxy: FaultProxy, client: Client) => Promise<void>): Promise<void> {
    served = [];
    arrived = '';
    await using proxy = await FaultProxy.open(target());
    const client = new Client(proxy.address);
    client.say('a');
    await client.hears('A');
    await run(proxy, client);
    client.socket.destroy();
  }

  test('passes bytes both ways and counts them', () =>
    scene(async (proxy, client) => {
      client.say('bc');
      await client.hears('ABC');
      assert.deepEqual([proxy.up.bytes, proxy.down.bytes, proxy.accepted, proxy.open], [3, 3, 1, 1]);
    }));

  test('passes a megabyte whole, with its end', () =>
    scene(async (_proxy, client) => {
      client.say('x'.repeat(1_000_000));
      await until(
        () => client.heard.length === 1_000_001,
        () => `${client.heard.length} bytes`,
      );
      client.socket.end();
      await client.becomes('ended');
    }));

  test('cut: silence both ways, the socket stays open, and is reset on heal', () =>
    scene(async (proxy, client) => {
      const heal = proxy.cut();
      client.say('lost');
      await until(
        () => proxy.up.lost === 4,
        () => `${proxy.up.lost} lost`,
      );
      served[0]?.write('lost too');
      await until(
        () => proxy.down.lost === 8,
        () => `${proxy.down.lost} lost`,
      );
      assert.deepEqual([client.heard, arrived, client.state], ['A', 'a', 'open']);
      await heal();
      await client.becomes('reset');
      assert.equal(arrived, 'a');
    }));

  test('cut: a connection that was idle goes on after the heal', () =>
    scene(async (proxy, client) => {
      const heal = proxy.cut();
      await heal();
      client.say('b');
      await client.hears('AB');
    }));

  test('cut: a new connection is accepted, hears nothing and never reaches the server', () =>
    scene(async (proxy) => {
      const heal = proxy.cut();
      const late = new Client(proxy.address);
      await once(late.socket, 'connect');
      late.say('b');
      await pause(QUIET);
      assert.deepEqual([late.heard, late.state, served.length], ['', 'open', 1]);
      await heal();
      await late.becomes('reset');
    }));

  test('cut: an end of the server is not told', () =>
    scene(async (proxy, client) => {
      proxy.cut();
      served[0]?.destroy();
      await pause(QUIET);
      assert.equal(client.state, 'open');
    }));

  test('mute: requests arrive, replies are lost', () =>
    scene(async (proxy, client) => {
      const heal = proxy.mute();
      client.say('b');
      await until(
        () => arrived === 'ab' && proxy.down.lost === 1,
        () => `arrived ${arrived}`,
      );
      assert.equal(client.heard, 'A');
      await heal();
      await client.becomes('reset');
    }));

  test('freeze: holds all bytes and delivers them in order on heal', () =>
    scene(async (proxy, client) => {
      const heal = proxy.freeze();
      client.say('b');
      await pause(QUIET);
      client.say('c');
      assert.deepEqual([client.heard, arrived], ['A', 'a']);
      await heal();
      await client.hears('ABC');
    }));

  test('freeze: holds a reply that was under way', () =>
    scene(async (proxy, client) => {
      proxy.down.flow = 'hold';
      client.say('b');
      await until(
        () => arrived === 'ab',
        () => arrived,
      );
      await pause(QUIET);
      assert.equal(client.heard, 'A');
      await proxy.freeze()();
      await client.hears('AB');
    }));

  test('delay: each way takes as much longer, in order', () =>
    scene(async (proxy, client) => {
      const wait = 60;
      await using _ = proxy.delay(wait);
      const sent = performance.now();
      client.say('b');
      client.say('c');
      await client.hears('ABC');
      // Timers may fire a millisecond early.
      assert.ok(performance.now() - sent >= 2 * (wait - 1));
    }));

  test('reset: breaks what is open and lets new ones in', () =>
    scene(async (proxy, client) => {
      proxy.reset();
      await client.becomes('reset');
      const next = new Client(proxy.address);
      next.say('b');
      await next.hears('B');
      next.socket.destroy();
    }));

  test('tear: the reply breaks off after so many bytes', () =>
    scene(async (proxy, client) => {
      proxy.tear('down', 3);
      client.say('bcdef');
      await client.becomes('reset');
      assert.match(client.heard, /^A(BCD)?$/);
      assert.equal(arrived, 'abcdef');
    }));

  test('tear: the request breaks off after so many bytes', () =>
    scene(async (proxy, client) => {
      proxy.tear('up', 2);
      client.say('bcdef');
      await client.becomes('reset');
      assert.ok(!arrived.includes('d'), arrived);
    }));

  test('refuse: breaks what is open and refuses new ones until the heal', () =>
    scene(async (proxy, client) => {
      const heal = proxy.refuse();
      await client.becomes('reset');
      const refused = new Client(proxy.address);
      refused.say('b');
      await refused.becomes('reset');
      assert.deepEqual([refused.heard, served.length, proxy.refused], ['', 1, 1]);
      await heal();
      const next = new Client(proxy.address);
      next.say('b');
      await next.hears('B');
      next.socket.destroy();
    }));

  test('hang: accepts new ones that hear nothing, and leaves the open ones alone', () =>
    scene(async (proxy, client) => {
      const heal = proxy.hang();
      const hung = new Client(proxy.address);
      await once(hung.socket, 'connect');
      hung.say('b');
      client.say('c');
      await client.hears('AC');
      await pause(QUIET);
      assert.deepEqual([hung.heard, hung.state], ['', 'open']);
      await heal();
      await hung.becomes('reset');
    }));

  test('halfOpen: the server is gone, the client is never told, new ones are sound', () =>
    scene(async (proxy, client) => {
      proxy.halfOpen();
      await until(
        () => served[0]?.destroyed === true,
        () => 'the server was not told',
      );
      client.say('b');
      await pause(QUIET);
      assert.deepEqual([client.heard, client.state], ['A', 'open']);
      const next = new Client(proxy.address);
      next.say('c');
      await next.hears('C');
      next.socket.destroy();
    }));

  test('a server that refuses is a reset to the client', async () => {
    const closed = createServer();
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    await using proxy = await FaultProxy.open({ host: '127.0.0.1', port });
    const client = new Client(proxy.address);
    await client.becomes('reset');
  });

  test('close: ends every connection and listens no more', () =>
    scene(async (proxy, client) => {
      const { host, port } = proxy.address;
      await proxy.close();
      await client.becomes('reset');
      const late = new Client({ host, port });
      await late.becomes('reset');
      await until(
        () => proxy.open === 0,
        () => `${proxy.open} open`,
      );
    }));
});

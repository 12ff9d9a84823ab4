import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';

import { HttpTransport } from '../src/http';
import { Refused } from '../src/problem';
import type { News } from '../src/protocol';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let answer: Answer = () => undefined;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => (body += part));
  request.on('end', () => answer(request, response, body));
});
let transport: HttpTransport;

before(async () => {
  Object.assign(globalThis, { document: { cookie: 'a=b; _xsrf=2%7Cabc' } });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  transport = new HttpTransport({ baseUrl: `http://127.0.0.1:${port}/user/ann/`, token: 'secret' });
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test('what reads is a GET with its parameters in the URL', async () => {
  answer = (request, response) => {
    const url = new URL(request.url ?? '', 'http://host');
    response.end(JSON.stringify([request.method, url.pathname, url.searchParams.get('params'), request.headers.authorization]));
  };
  const params = { thread: 'th_ü&=', id: 'x' };
  assert.deepEqual(await transport.request('place', params), [
    'GET', '/user/ann/threadbook/api/place', JSON.stringify(params), 'token secret',
  ]);
});

test('what writes is a POST with the token against forgery', async () => {
  answer = (request, response, body) => response.end(JSON.stringify([request.method, body, request.headers['x-xsrftoken']]));
  const params = { id: 'x', decision: 'deny' };
  assert.deepEqual(await transport.request('answer', params), ['POST', JSON.stringify(params), '2|abc']);
});

test('a refusal has its problem', async () => {
  const problem = { type: 'Forbidden', message: 'not yours', remedy: 'ask ann' };
  answer = (_, response) => response.writeHead(403).end(JSON.stringify({ error: problem }));
  await assert.rejects(transport.request('health', {}), (error) => {
    assert.ok(error instanceof Refused);
    assert.deepEqual(error.problem, problem);
    return true;
  });
});

test('an answer that is not of the feed is a problem too', async () => {
  answer = (_, response) => response.writeHead(502).end('<html>');
  await assert.rejects(transport.request('health', {}), { message: 'the server answered 502 Bad Gateway' });
});

test('news come as they happen, in whatever pieces', async () => {
  const bytes = Buffer.from(': beat\n\ndata: {"type":"reset"}\r\n\r\ndata: {"type":\ndata: "threads"}\n\nevent: x\ndata:{"type":"rows","thread":"ü","total":1,"rows":[]}\n\n');
  answer = (_, response) => {
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
    }
  };
  const heard: News[] = [];
  await new Promise<void>((resolve) => {
    const stop = transport.subscribe('th', (news) => {
      heard.push(news);
      if (heard.length === 3) {
        stop();
        resolve();
      }
    }, () => undefined);
  });
  assert.deepEqual(heard.map((news) => news.type), ['reset', 'threads', 'rows']);
  assert.equal(heard[2]?.type === 'rows' && heard[2].thread, 'ü');
});

test('a stream that was cut off says so, and begins again', async () => {
  let calls = 0;
  answer = (_, response) => {
    calls += 1;
    if (calls === 1) {
      response.write('data: {"type":"reset"}\n\n', () => response.destroy());
    } else if (calls === 2) {
      response.writeHead(503).end();
    } else {
      response.write('data: {"type":"reset"}\n\n');
    }
  };
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    const stop = transport.subscribe(
      null,
      (news) => {
        seen.push(news.type);
        if (calls === 3) {
          stop();
          resolve();
        }
      },
      (isLive) => seen.push(isLive ? 'live' : 'cut off'),
    );
  });
  assert.deepEqual(seen, ['live', 'reset', 'cut off', 'cut off', 'live', 'reset']);
});

test('a subscription that was stopped is heard of no more', async () => {
  let ended: () => void = () => undefined;
  const isEnded = new Promise<void>((resolve) => (ended = resolve));
  answer = (_, response) => {
    response.on('close', ended);
    response.write('data: {"type":"reset"}\n\n');
  };
  const states: boolean[] = [];
  const stop = transport.subscribe('th', () => stop(), (isLive) => states.push(isLive));
  await isEnded;
  assert.deepEqual(states, [true]);
});

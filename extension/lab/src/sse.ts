/**
 * Data of each event of a stream of server-sent events; null for a comment, which is a sign of life.
 *
 * The browser's own EventSource cannot send a header, and the server may want a token.
 */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string | null> {
  let data: string[] = [];
  for await (const line of lines(body)) {
    if (line === '') {
      if (data.length > 0) {
        yield data.join('\n');
      }
      data = [];
    } else if (line.startsWith(':')) {
      yield null;
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line.startsWith('data: ') ? 6 : 5));
    }
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      const parts = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = parts.pop() ?? '';
      yield* parts;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

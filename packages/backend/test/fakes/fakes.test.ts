import { describe, expect, test } from 'bun:test';
import { createLogger } from '../../src/utils/logger.ts';
import { memoryDatabase } from './database.ts';
import { fakeLogger, messagesOf } from './logger.ts';

describe('the shared log', () => {
  test('has every level of the real one', () => {
    expect(Object.keys(fakeLogger).sort()).toEqual(Object.keys(createLogger('silent')).sort());
  });

  test('tells what it was told', () => {
    fakeLogger.silly({ n: 1 }, 'hello');
    expect(fakeLogger.silly).toHaveBeenCalledWith({ n: 1 }, 'hello');
    expect(messagesOf(fakeLogger, 'silly')).toEqual(['hello']);
  });

  test('has forgotten what the test before told it', () => {
    expect(fakeLogger.silly).not.toHaveBeenCalled();
  });

  test('takes a behaviour for one test', () => {
    const seen: string[] = [];
    fakeLogger.warn.mockImplementation((_fields, message) => seen.push(message));
    fakeLogger.warn({}, 'careful');
    expect(seen).toEqual(['careful']);
  });

  test('has given that behaviour back', () => {
    expect(fakeLogger.warn.getMockImplementation()).toBeUndefined();
  });
});

describe('the database in memory', () => {
  test('has the tables of the migrations, and nothing in them', () => {
    const database = memoryDatabase();
    expect(database.query('SELECT count(*) AS n FROM request_usage').get()).toEqual({ n: 0 });
    expect(database.query('SELECT count(*) AS n FROM request_attempts').get()).toEqual({ n: 0 });
  });

  test('belongs to the test that asked for it', () => {
    const one = memoryDatabase();
    one.run("INSERT INTO request_attempts VALUES ('r', 0, 't', 'a', 'gemini', 0, 1, 'ok', 200)");
    expect(memoryDatabase().query('SELECT count(*) AS n FROM request_attempts').get()).toEqual({ n: 0 });
  });
});

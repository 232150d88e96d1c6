// Preloaded before every test file; the database and log set-up lives here.
export {};

/** Questions to whoever sits at the terminal. Each answers undefined when it was called off. */
export interface Prompts {
  text(message: string): Promise<string | undefined>
  /** Shows nothing of what is typed. */
  password(message: string): Promise<string | undefined>
}

/** All that a command touches of the world. */
export interface CliIo {
  /** Variables by name; `--dotenv` adds to them. */
  readonly env: Record<string, string | undefined>
  cwd(): string
  chdir(folder: string): void
  /** Takes the answer of a command, and nothing else. */
  stdout(text: string): void
  /** Waits until stdout takes more, so that a long answer does not pile up in memory. */
  drain(): Promise<void>
  /** Takes notes and errors. */
  stderr(text: string): void
  /** Whether stdout shows colours. */
  readonly colours: boolean
  /** Whether somebody sits at a terminal who can answer questions. */
  readonly interactive: boolean
  /** Everything on the standard input, to its end. */
  readStdin(): Promise<string>
  /** The bytes of the standard input, as they come. */
  streamStdin(): AsyncIterable<Uint8Array>
  readonly prompts: Prompts
  /** Loads a module by its URL. */
  importModule(url: string): Promise<unknown>
}

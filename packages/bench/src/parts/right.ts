/** Stops a run whose answers are not right: its numbers would say how fast something wrong is. */
export function mustBe(holds: boolean, what: string): void {
  if (!holds) throw new Error(`a wrong answer: ${what}`)
}

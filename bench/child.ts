/**
 * In a process started by `Stage.start`: answers the one question of its parent. It ends with its parent, and when the
 * answer fails.
 */
export function answerParent<Question, Answer>(work: (question: Question) => Promise<Answer>): void {
  process.once('disconnect', () => process.exit())
  process.once('message', (question) => {
    work(question as Question).then(
      (answer) => process.send?.(answer),
      (error: Error) => {
        process.stderr.write(`${error.stack ?? error.message}\n`)
        process.exit(1)
      },
    )
  })
}

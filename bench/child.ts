/** In a process started by `Stage.start`: answers its parent's questions. Ends with its parent, or when an answer fails. */
export function answerParent<Question, Answer>(work: (question: Question) => Promise<Answer>): void {
  process.once('disconnect', () => process.exit())
  process.on('message', (question) => {
    work(question as Question).then(
      (answer) => process.send?.(answer),
      (error: Error) => {
        process.stderr.write(`${error.stack ?? error.message}\n`)
        process.exit(1)
      },
    )
  })
}

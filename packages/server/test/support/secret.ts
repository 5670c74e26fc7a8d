/** The APP_SECRET_KEY of the processes that tests start. */
export const SECRET_KEY = 'a secret of the tests that nobody guesses'

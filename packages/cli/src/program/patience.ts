/** An option of all commands that run drivers. */
export const PATIENCE = 'how long one step of a driver may take: 30s, 1m; 10s unless given'

/* thousands(number) -> "12,345", as the pages write numbers. */
export const thousands = (number) => Number(number).toLocaleString("en");

/** Cases that Cordwood answers otherwise than Loki 3.7.6, with the reason. The suite fails when one of these passes. */
export const notPassedByEngine: Readonly<Record<string, string>> = {};

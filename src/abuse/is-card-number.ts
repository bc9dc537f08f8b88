/** First digits and lengths that the large networks use (ISO/IEC 7812): they keep order and phone numbers out. */
const NETWORKS = [
  /^4\d{12}(?:\d{3}){0,2}$/,
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^3(?:0[0-5]|[68]\d)\d{11}$/,
  /^(?:6011|64[4-9]\d|65\d{2})\d{12}$/,
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  /^62\d{14,17}$/,
];

/** True for digits that a card network would issue: its prefix, its length and Luhn's checksum (ISO/IEC 7812-1, annex B). */
export function isCardNumber(digits: string): boolean {
  if (!NETWORKS.some((network) => network.test(digits))) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at += 1) {
    const digit = Number(digits[digits.length - 1 - at]);
    const weighted = at % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

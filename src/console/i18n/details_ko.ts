/**
 * What components say of themselves, in Korean: the API says it in English, in these forms. What has no form here is shown
 * as it came.
 *
 * @module
 */

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/^evaluating (\d+) partitions?$/, "파티션 $1개를 평가하는 중"],
  [/^writing prices of (\d+) partitions?$/, "파티션 $1개의 시세를 저장하는 중"],
  [/^(\d+) partitions?, (\d+) deliver(?:y|ies) open$/, "파티션 $1개, 보내는 중인 전달 $2건"],
  [/^no difference between the stream and the oracle$/, "놓친 알림 0건: 스트림과 검산이 같습니다"],
  [
    /^(\d+) differences? between the stream and the oracle; see the log$/,
    "스트림과 검산이 $1건 다릅니다. 로그를 보세요",
  ],
  [
    /^simulating (\d+) symbols (?:at (\d+) trades\/s|as fast as possible), seed (.+)$/,
    "$1종목을 초당 $2건으로 흉내 내는 중 (시드 $3)",
  ],
  [/^replaying (.+?) (?:at|as) .*?(\d+) of (\d+) lines$/, "$1 재생: $3줄 가운데 $2줄"],
  [/^(\d+) rules?, (\d+) alerts?$/, "규칙 $1건, 알림 $2건"],
  [/^nothing was missed$/, "놓친 기록 없음"],
  [/^SQLite, (.+)$/, "SQLite, $1"],
  [/^reading the rules$/, "규칙을 읽는 중"],
  [/^reading back the log$/, "기록을 되읽는 중"],
  [/^joining the group$/, "그룹에 들어가는 중"],
  [/^stopped$/, "멈춤"],
  [/^VI Y$/, "VI 발동"],
  [/^VI N$/, "VI 해제"],
  [/^halted(?: 거래정지)?(?: (.+))?$/, "거래정지 $1"],
];

/** A component's detail in Korean; as it came where it has no form here. */
export function detailInKorean(detail: string): string {
  for (const [form, words] of FORMS) {
    const found = form.exec(detail);
    if (found === null) continue;
    return words.replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? "").replace(/\s+$/, "");
  }
  return detail;
}

/** The API's reasons in Korean, by their stable codes. A code that is missing here is shown as the API wrote it. */
export const FAULTS_KO: Readonly<Record<string, string>> = {
  missing: "꼭 필요합니다.",
  unknown_symbol: "상장 목록에 없는 종목입니다.",
  bad_symbol: "종목코드는 여섯 자리입니다. 예: 005930",
  bad_recipient:
    "메일 주소나 webhook:https://…, slack:https://…, telegram:ID, discord:https://…, ntfy:주제, sms:전화번호 형식이어야 합니다.",
  duplicate: "같은 값이 두 번 있습니다.",
  no_recipient: "이 채널로 받는 사람이 없습니다.",
  bad_list: "받는 사람은 1명부터 50명까지입니다.",
  not_a_decimal: "숫자로 적으세요.",
  too_many_decimals: "소수 자릿수가 너무 많습니다. 가격은 원 단위, 등락률은 소수 둘째 자리까지입니다.",
  out_of_range: "값이 범위를 벗어났습니다.",
  negative_with_either: "양방향에서는 0 이상으로 적으세요.",
  bad_time: "날짜와 시각이 올바르지 않습니다.",
  in_the_past: "이미 지난 시각입니다.",
  bad_text: "메모는 200자까지이며 제어 문자를 쓸 수 없습니다.",
  changed_meanwhile: "그사이 다른 곳에서 규칙이 바뀌었습니다. 다시 열어 고치세요.",
  not_in_force: "저장은 되었지만 아직 스트림에 적용되지 않았습니다.",
};

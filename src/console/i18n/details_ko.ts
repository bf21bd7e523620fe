/**
 * What components say of themselves and why a rule has or has not fired, in Korean: the API says it in English. What has no
 * form here is shown as it came.
 *
 * @module
 */

import type { ApiExplanation } from "../../control/client/types.ts";

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/^evaluating (\d+) partitions?$/, "파티션 $1개를 평가하는 중"],
  [/^writing prices of (\d+) partitions?$/, "파티션 $1개의 시세를 저장하는 중"],
  [/^(\d+) partitions?, (\d+) deliver(?:y|ies) open$/, "파티션 $1개, 보내는 중인 전달 $2건"],
  [
    /^nothing compared yet: no trade of a rule that can be judged$/,
    "시작한 뒤로 아직 검산한 것이 없습니다: 검산할 수 있는 규칙의 체결이 없었습니다",
  ],
  [/^no difference between the stream and the oracle$/, "스트림과 검산 사이에 다른 것이 없습니다"],
  [
    /^(\d+) differences? between the stream and the oracle; see the log$/,
    "스트림과 검산이 $1건 다릅니다. 로그를 보세요",
  ],
  [
    /^simulating (\d+) symbols (?:at (\d+) trades\/s|as fast as possible), seed (.+)$/,
    "$1종목을 초당 $2건으로 흉내 내는 중 (시드 $3)",
  ],
  [/^replaying (.+?) (?:at|as) .*?(\d+) of (\d+) lines$/, "$1 재생: $3줄 가운데 $2줄"],
  [/^([\d,]+) rules?, ([\d,]+) alerts?$/, "규칙 $1건, 알림 $2건"],
  [/^nothing was missed$/, "놓친 기록 없음"],
  [/^records of (\S+) were missed: (.+)$/, "$1의 기록을 놓쳤습니다: $2"],
  [/^the machine's time goes on steadily$/, "기계 시각이 고르게 흐릅니다"],
  [/^restoring (\d+) of (\d+) partitions$/, "파티션 $2개 가운데 $1개를 되살리는 중"],
  [/^series\.db is written$/, "시세 파일에 쓰는 중"],
  [/^closed$/, "닫힘"],
  [/^connecting to Kafka at (.+)$/, "Kafka($1)에 연결하는 중"],
  [/^an append has not been acknowledged for (\d+) s(.*)$/, "쓰기가 $1초째 확인되지 않습니다$2"],
  [/^the producer has not been heard of since (.+)$/, "$1부터 시세 수신의 소식이 없습니다"],
  [/^forwarding, (.+)$/, "센터로 보내는 중, $1"],
  [/^the centre is away.*?: (.+)$/, "센터와 연결이 끊겼습니다: $1"],
  [/^answers again$/, "다시 응답합니다"],
  [
    /^(\d+) rules stand on partitions .*?: (.+)$/,
    "규칙 $1건이 체결이 오지 않는 파티션에 있어 울릴 수 없습니다: $2",
  ],
  [
    /^(\d+) of the last minute's (\d+) trades are too old to fire: (.+)$/,
    "지난 1분의 체결 $2건 가운데 $1건이 너무 오래되어 울리지 않습니다: $3",
  ],
  [/^a message of it arrived (\d+) s ago$/, "$1초 전에 시험 알림이 도착했습니다"],
  [/^no message of it has arrived yet$/, "아직 도착한 시험 알림이 없습니다"],
  [/^no message of it has arrived for (\d+) s$/, "$1초째 시험 알림이 도착하지 않습니다"],
  [/^SQLite, (.+)$/, "SQLite, $1"],
  [/^reading the rules$/, "규칙을 읽는 중"],
  [/^reading back the log$/, "기록을 되읽는 중"],
  [/^joining the group$/, "그룹에 들어가는 중"],
  [/^stopped$/, "멈춤"],
  [/^VI Y$/, "VI 발동"],
  [/^VI N$/, "VI 해제"],
  [/^halted(?: 거래정지)?(?: (.+))?$/, "거래정지 $1"],
];

/** What components are, for who does not know their names. */
export const COMPONENTS_KO: Readonly<Record<string, string>> = {
  source: "시세 수신",
  producer: "시세 수신",
  simulator: "모의 시세",
  replay: "리플레이",
  stream: "규칙 판정",
  consumer: "시세 저장",
  notifier: "알림 발송",
  self_check: "검산",
  control: "API·콘솔",
  log: "기록 저장소",
  records: "기록",
  candles: "봉",
  forwarder: "전송",
  upstream: "센터 전송",
  clock: "시계",
  canary: "시험 알림",
  telegram: "텔레그램",
};

/** What an entry of the audit says was done. */
export const ACTIONS_KO: Readonly<Record<string, string>> = {
  "access.refused": "접근 거절",
  "backup.made": "백업",
  "consent.agree": "수신 동의",
  "consent.changed": "수신 동의 바꿈",
  "consent.stop": "그만 받음",
  "deadletter.redriven": "처리하지 못한 기록 다시 넣음",
  "key.created": "API 키 만듦",
  "key.revoked": "API 키 폐기",
  "key.rotated": "API 키 교체",
  "person.channel": "받을 곳 바꿈",
  "person.channel_removed": "받을 곳 뺌",
  "person.chat_linked": "텔레그램 연결",
  "person.chat_moved": "텔레그램 대화방 옮김",
  "person.erased": "계정 삭제",
  "person.joined": "가입",
  "person.left": "탈퇴",
  "person.signed_in": "메일로 로그인",
  "recipient.changed": "받는 사람 설정 바꿈",
  "recipient.tested": "받는 사람 시험",
  "rule.changed": "규칙 바꿈",
  "rule.created": "규칙 만듦",
  "rule.deleted": "규칙 삭제",
  "rule.updated": "규칙 바꿈",
  "rule.resumed": "규칙 다시 켬",
  "rule.snoozed": "규칙 잠시 멈춤",
  "silence.created": "무음 걸음",
  "silence.ended": "무음 끝냄",
  "template.changed": "메시지 문구 바꿈",
  "template.deleted": "메시지 문구 지움",
  "webhook.changed": "웹훅 바꿈",
  "webhook.created": "웹훅 추가",
  "webhook.deleted": "웹훅 삭제",
  "webhook.redelivered": "웹훅 다시 보냄",
  "webhook.rotated": "웹훅 비밀값 교체",
  "webhook.tested": "웹훅 시험",
};

/** A component's detail in Korean, part by part; as it came where it has no form here. */
export function detailInKorean(detail: string): string {
  return inKorean(detail) ?? detail.split("; ").map((part) => inKorean(part) ?? part).join("; ");
}

function inKorean(detail: string): string | undefined {
  for (const [form, words] of FORMS) {
    const found = form.exec(detail);
    if (found === null) continue;
    return words.replace(/\$(\d)/g, (_, at: string) => found[Number(at)] ?? "").replace(/\s+$/, "");
  }
  return undefined;
}

/** Why a rule has or has not fired, which the API says in English. */
export const VERDICTS_KO: Readonly<Record<ApiExplanation["verdict"], string>> = {
  fired: "이번 주기에 이미 울렸습니다. 한 주기에 한 번만 울립니다.",
  paused: "일시 정지되어 있습니다.",
  expired: "만료되었습니다.",
  no_trade: "이 종목의 체결을 아직 본 적이 없습니다.",
  late: "마지막 체결이 너무 오래되었습니다. 시장은 그 뒤로 나아갔습니다.",
  halted: "거래정지 중의 체결은 울리지 않습니다.",
  auction: "동시호가의 예상 체결가는 울리지 않습니다.",
  other_session: "마지막 체결이 이 규칙이 보는 장의 것이 아닙니다.",
  not_known: "조건 가운데 지금 계산할 수 없는 것이 있습니다.",
  waiting: "마지막 체결이 조건을 충족하지 않습니다.",
  met: "마지막 체결이 조건을 충족합니다.",
};

import { z } from "@hono/zod-openapi";
import { isMailAddress } from "../../rules/channels.ts";
import { CHANNELS, LOCALES } from "../../rules/rule.ts";
import { instant } from "./common.ts";

export const SignInInput = z.strictObject({
  address: z.string().max(254).refine(isMailAddress, "must be a mail address").openapi({
    example: "kim@example.com",
  }),
  locale: z.enum(LOCALES).default("ko").optional(),
}).openapi("SignInInput");

export const ChannelInput = z.strictObject({
  recipient: z.string().min(1).max(2_000).openapi({
    description: "One that is yours already, or a browser's subscription, push:https://…",
  }),
  on: z.boolean().default(true).optional().openapi({ description: "Whether new rules write to it" }),
  replaces: z.string().min(1).max(2_000).optional().openapi({
    description: "A browser's subscription that this one takes the place of, in the rules too",
  }),
}).openapi("ChannelInput");

export const ChannelTestInput = z.strictObject({
  recipient: z.string().min(1).max(2_000).openapi({ description: "One of yours" }),
}).openapi("ChannelTestInput");

export const AccountView = z.object({
  address: z.string(),
  locale: z.enum(LOCALES),
  channels: z.array(z.object({
    recipient: z.string(),
    channel: z.enum(CHANNELS),
    name: z.string().openapi({ description: "As it may be shown: of a secret only where it leads" }),
    on: z.boolean(),
  })),
  rules: z.object({ count: z.number().int(), most: z.number().int() }),
  telegram: z.string().nullable().openapi({ description: "The bot's name; null: there is none" }),
  createdAt: instant,
}).openapi("Account");

export const ChatCodeView = z.object({
  code: z.string().openapi({ description: "Sent to the bot as `/start CODE`, within ten minutes, once" }),
  url: z.string().openapi({ description: "Opens the chat with it" }),
  expiresAt: instant,
}).openapi("ChatCode");

export const OffersView = z.object({
  signIn: z.boolean().openapi({ description: "By a mailed link: POST /v1/sign-in" }),
  pushKey: z.string().nullable().openapi({
    description: "The VAPID key (applicationServerKey) of web push; null: there is no web push",
  }),
}).openapi("Offers");

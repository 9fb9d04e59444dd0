R"policy({
  "policy": "tierwise/1",
  "name": "default",
  "description": "The policy that tierwise uses where none is given: nine tiers from potential, identity and engagement; seven channels; twelve actions for a company that sells prescription medicines. Weights and cut-offs are starting points to be edited, not findings.",

  "attributes": {
    "specialty":         {"type": "text"},
    "city":              {"type": "text"},
    "title":             {"type": "text"},
    "hospital_level":    {"type": "text"},
    "society_offices":   {"type": "number"},
    "trials":            {"type": "number"},
    "publications":      {"type": "number"},
    "teaching":          {"type": "number"},
    "patient_volume":    {"type": "number", "purpose": "potential"},
    "patients_per_week": {"type": "number", "purpose": "potential"},
    "territory":         {"type": "text"},
    "rep_id":            {"type": "text"}
  },
  "forbidden_purposes": [],

  "channels": {
    "visit": {
      "name": {"en": "visit", "zh": "面对面拜访"},
      "half_life_days": 90, "daily_limit": 3,
      "depths": {"done": 10}
    },
    "remote_call": {
      "name": {"en": "remote call", "zh": "远程拜访"},
      "half_life_days": 60, "daily_limit": 3,
      "depths": {"done": 8}
    },
    "meeting": {
      "name": {"en": "meeting", "zh": "线下会议"},
      "half_life_days": 90, "daily_limit": 3,
      "depths": {"attended": 8, "question": 3}
    },
    "webinar": {
      "name": {"en": "webinar", "zh": "线上会议"},
      "half_life_days": 30, "daily_limit": 3,
      "depths": {"delivered": 0, "attended": 8, "question": 3}
    },
    "email": {
      "name": {"en": "email", "zh": "邮件"},
      "half_life_days": 30, "daily_limit": 3,
      "depths": {"delivered": 0, "opened": 1, "clicked": 3, "read": 4, "unsubscribed": {"weight": -20, "is_contact": false, "revokes_consent": true}}
    },
    "wechat": {
      "name": {"en": "WeChat", "zh": "微信"},
      "half_life_days": 30, "daily_limit": 3,
      "depths": {"delivered": 0, "opened": 1, "clicked": 3, "read": 4, "unsubscribed": {"weight": -20, "is_contact": false, "revokes_consent": true}}
    },
    "video": {
      "name": {"en": "video", "zh": "视频"},
      "half_life_days": 30, "daily_limit": 3,
      "depths": {"opened": 1, "read": 4}
    }
  },

  "profile": {"windows_days": [30, 90, 365], "measures": []},

  "segment": {
    "potential": {
      "volume": "patient_volume",
      "cuts": {"how": "decile", "floors": {"A": 8, "B": 5, "C": 2}},
      "card": {
        "terms": [
          {"column": "patients_per_week", "weight": 60, "linear": [0, 100]},
          {"column": "hospital_level", "weight": 25, "dictionary": "hospital_level",
            "lookup": {"tier_3_large": 1, "tier_3": 0.8, "tier_2": 0.5, "below": 0.2}},
          {"column": "title", "weight": 15, "dictionary": "title",
            "lookup": {"chief_physician": 1, "associate_chief_physician": 0.75, "attending_physician": 0.4, "resident_physician": 0.15}}
        ],
        "min_coverage": 0.5
      },
      "card_cuts": {"floors": {"A": 70, "B": 45, "C": 20}},
      "unknown_as": "C"
    },
    "identity": {
      "terms": [
        {"column": "title", "weight": 25, "dictionary": "title",
          "lookup": {"chief_physician": 1, "associate_chief_physician": 0.75, "attending_physician": 0.4, "resident_physician": 0.15}},
        {"column": "hospital_level", "weight": 20, "dictionary": "hospital_level",
          "lookup": {"tier_3_large": 1, "tier_3": 0.8, "tier_2": 0.5, "below": 0.2}},
        {"column": "society_offices", "weight": 20, "linear": [0, 3]},
        {"column": "trials", "weight": 15, "linear": [0, 5]},
        {"column": "publications", "weight": 10, "log": [0, 50]},
        {"column": "teaching", "weight": 10, "linear": [0, 12]}
      ],
      "min_coverage": 0.5,
      "cuts": {"how": "fixed", "floors": {"high": 60, "medium": 30}, "unknown_as": "low"}
    },
    "engagement": {
      "s0_quantile": 0.75,
      "min_coverage": 0.5,
      "cuts": {"how": "fixed", "floors": {"high": 60, "medium": 30}, "unknown_as": "low"}
    },
    "tiers": {
      "grades": ["A", "B", "C", "D"],
      "levels": ["high", "medium", "low"],
      "profile_types": ["pioneer", "traditional", "rising star", "ordinary"],
      "resources": ["high", "medium-high", "medium-high", "medium", "medium", "medium-low", "medium-low", "low", "lower"],
      "table": [
        {"grade": ["A", "B"], "identity": ["high"],          "engagement": ["high"],          "profile_type": "pioneer",     "tier": 1},
        {"grade": ["A", "B"], "identity": ["high"],          "engagement": ["medium", "low"], "profile_type": "traditional", "tier": 2},
        {"grade": ["A", "B"], "identity": ["medium", "low"], "engagement": ["high"],          "profile_type": "rising star", "tier": 3},
        {"grade": ["A", "B"], "identity": ["medium", "low"], "engagement": ["medium", "low"], "profile_type": "ordinary",    "tier": 4},
        {"grade": ["C"],      "identity": ["high"],          "engagement": ["high"],          "profile_type": "pioneer",     "tier": 5},
        {"grade": ["C"],      "identity": ["high"],          "engagement": ["medium", "low"], "profile_type": "traditional", "tier": 6},
        {"grade": ["C"],      "identity": ["medium", "low"], "engagement": ["high"],          "profile_type": "rising star", "tier": 7},
        {"grade": ["C"],      "identity": ["medium", "low"], "engagement": ["medium", "low"], "profile_type": "ordinary",    "tier": 8},
        {"grade": ["D"],      "identity": ["high"],          "engagement": ["high"],          "profile_type": "pioneer",     "tier": 9},
        {"grade": ["D"],      "identity": ["high"],          "engagement": ["medium", "low"], "profile_type": "traditional", "tier": 9},
        {"grade": ["D"],      "identity": ["medium", "low"], "engagement": ["high"],          "profile_type": "rising star", "tier": 9},
        {"grade": ["D"],      "identity": ["medium", "low"], "engagement": ["medium", "low"], "profile_type": "ordinary",    "tier": 9}
      ],
      "waive": []
    },
    "efforts": [
      {"id": "visit",       "column": "points_visit",       "step": 10, "cost": 10, "most": 6},
      {"id": "remote_call", "column": "points_remote_call", "step": 8,  "cost": 2,  "most": 6},
      {"id": "meeting",     "column": "points_meeting",     "step": 8,  "cost": 15, "most": 2},
      {"id": "webinar",     "column": "points_webinar",     "step": 8,  "cost": 4,  "most": 3},
      {"id": "lecture",     "column": "teaching",           "step": 1,  "cost": 20, "most": 4}
    ],
    "stability": {"volume_band": 0.05, "score_band": 2, "minimum_stay_days": 90, "large_move": 2},
    "movers": {"method": "least_squares", "unit_days": 91.3125, "window_days": 730, "confidence": 0.9, "noise": 10, "noise_strength": 2,
      "least_slope": 3, "least_points": 3, "stale_days": 184, "once_had": 30, "nothing": 5, "low_below": 30}
  },

  "tags": [
    {"id": "oncology",        "name": {"en": "oncologist", "zh": "肿瘤科医生"}, "layer": "basic",
     "rule": "specialty in {\"Oncology\", \"Medical Oncology\", \"Hematology & Oncology\", \"肿瘤科\", \"肿瘤内科\"}"},
    {"id": "cardiology",      "name": {"en": "cardiologist", "zh": "心内科医生"}, "layer": "basic",
     "rule": "specialty in {\"Cardiology\", \"Cardiovascular Disease\", \"心内科\", \"心血管内科\"}"},
    {"id": "chief",           "name": {"en": "chief physician", "zh": "主任医师"}, "layer": "basic",
     "rule": "title in {\"chief_physician\", \"主任医师\"}"},
    {"id": "leading_hospital", "name": {"en": "at a leading hospital", "zh": "三甲医院"}, "layer": "basic",
     "rule": "hospital_level in {\"tier_3_large\", \"三级甲等\", \"三甲\"}"},
    {"id": "opinion_leader",  "name": {"en": "opinion leader", "zh": "意见领袖"}, "layer": "basic",
     "rule": "society_offices >= 1 or trials >= 3 or publications >= 20"},
    {"id": "high_potential",  "name": {"en": "high potential", "zh": "高潜力"}, "layer": "basic",
     "rule": "grade in {\"A\", \"B\"}"},
    {"id": "top_tier",        "name": {"en": "top tier", "zh": "重点层级"}, "layer": "basic",
     "rule": "tier <= 3"},
    {"id": "heavily_visited", "name": {"en": "heavily visited", "zh": "拜访频繁"}, "layer": "behaviour",
     "rule": "count(channel == \"visit\", 90d) >= 9"},
    {"id": "webinar_recent",  "name": {"en": "in a webinar lately", "zh": "近期参加线上会议"}, "layer": "behaviour",
     "rule": "count(channel == \"webinar\", 90d) >= 1"},
    {"id": "silent",          "name": {"en": "silent for half a year", "zh": "半年未接触"}, "layer": "behaviour",
     "rule": "days_since_contact > 180"},
    {"id": "never_contacted", "name": {"en": "never contacted", "zh": "从未接触"}, "layer": "behaviour",
     "rule": "known(contact_coverage) and not known(days_since_contact)"},
    {"id": "new_contact",     "name": {"en": "new contact", "zh": "新接触"}, "layer": "behaviour",
     "rule": "days_since_contact <= 30 and contacts_365d <= 2"},
    {"id": "left_email",      "name": {"en": "turned away from email", "zh": "邮件退订倾向"}, "layer": "behaviour",
     "rule": "points_email < 0"},
    {"id": "left_wechat",     "name": {"en": "turned away from WeChat", "zh": "微信退订倾向"}, "layer": "behaviour",
     "rule": "points_wechat < 0"},
    {"id": "prefers_video",   "name": {"en": "prefers video", "zh": "偏好视频"}, "layer": "preference",
     "rule": "share(\"video\", 180d) > 0.4"},
    {"id": "prefers_messages", "name": {"en": "prefers messages", "zh": "偏好邮件或微信"}, "layer": "preference",
     "rule": "share(\"email\", 180d) > 0.4 or share(\"wechat\", 180d) > 0.4"},
    {"id": "prefers_events",  "name": {"en": "prefers events", "zh": "偏好会议"}, "layer": "preference",
     "rule": "share(\"meeting\", 365d) > 0.3 or share(\"webinar\", 365d) > 0.3"}
  ],

  "propensity": {"prior_rate": 0.1, "whole_strength": 20, "channel_strength": 20, "action_strength": 20},

  "recommend": {
    "contents": [
      {"id": "detail_aid",         "name": {"en": "detail aid", "zh": "产品资料"},               "approved": {"from": "2024-01-01", "until": "2027-12-31"}},
      {"id": "webinar_invitation", "name": {"en": "webinar invitation", "zh": "线上会议邀请函"}, "approved": {"from": "2024-01-01", "until": "2027-12-31"}},
      {"id": "meeting_invitation", "name": {"en": "meeting invitation", "zh": "会议邀请函"},     "approved": {"from": "2024-01-01", "until": "2027-12-31"}},
      {"id": "review_article",     "name": {"en": "review article", "zh": "综述文章"},           "approved": {"from": "2024-03-01", "until": "2027-02-28"}},
      {"id": "guideline_summary",  "name": {"en": "guideline summary", "zh": "指南摘要"},        "approved": {"from": "2025-01-01", "until": "2027-12-31"}},
      {"id": "mechanism_video",    "name": {"en": "mechanism video", "zh": "机制视频"},          "approved": {"from": "2024-06-01", "until": "2027-05-31"}},
      {"id": "case_video",         "name": {"en": "case video", "zh": "病例视频"},               "approved": {"from": "2025-01-01", "until": "2026-12-31"}},
      {"id": "trial_results",      "name": {"en": "trial results", "zh": "临床试验结果"},        "approved": {"from": "2024-09-01", "until": "2027-08-31"}},
      {"id": "patient_leaflet",    "name": {"en": "patient leaflet", "zh": "患者手册"},          "approved": {"from": "2024-01-01", "until": "2027-12-31"}}
    ],
    "actions": [
      {"id": "detail_visit", "name": {"en": "visit with the detail aid", "zh": "面对面产品拜访"},
       "issue": "promotion", "group": "detailing", "channels": ["visit"], "contents": ["detail_aid"], "value": 2,
       "eligible": "tier <= 4 or (tier <= 7 and last(\"visit\") > 30d) or last(\"visit\") > 90d or has_tag(\"never_contacted\")",
       "suitable": "not has_tag(\"heavily_visited\")"},
      {"id": "detail_remote", "name": {"en": "remote call with the detail aid", "zh": "远程产品拜访"},
       "issue": "promotion", "group": "detailing", "channels": ["remote_call"], "contents": ["detail_aid"], "value": 1.4},
      {"id": "sample_visit", "name": {"en": "bring samples", "zh": "送样品"},
       "issue": "promotion", "group": "service", "channels": ["visit"], "value": 2,
       "eligible": "tier <= 6", "suitable": "not has_tag(\"heavily_visited\")"},
      {"id": "invite_webinar", "name": {"en": "invite to a webinar", "zh": "邀请参加线上会议"},
       "issue": "education", "group": "education", "channels": ["email", "wechat"], "contents": ["webinar_invitation"], "value": 2.5},
      {"id": "invite_meeting", "name": {"en": "invite to a meeting", "zh": "邀请参加线下会议"},
       "issue": "education", "group": "education", "channels": ["visit", "wechat"], "contents": ["meeting_invitation"], "value": 2.4,
       "eligible": "tier <= 7"},
      {"id": "send_article", "name": {"en": "send an article", "zh": "发送文章"},
       "issue": "education", "group": "digital", "channels": ["email", "wechat"], "contents": ["review_article", "guideline_summary"], "value": 1.2},
      {"id": "send_video", "name": {"en": "send a video", "zh": "发送视频"},
       "issue": "education", "group": "digital", "channels": ["wechat", "video"], "contents": ["mechanism_video", "case_video"], "value": 1.2},
      {"id": "send_trial_data", "name": {"en": "send trial data", "zh": "发送试验数据"},
       "issue": "science", "group": "science", "channels": ["email", "visit"], "contents": ["trial_results"], "value": 4,
       "eligible": "tier <= 6", "applicable": "identity_level in {\"high\", \"medium\"} or has_tag(\"opinion_leader\")"},
      {"id": "invite_speaker", "name": {"en": "invite to speak", "zh": "邀请讲课"},
       "issue": "science", "group": "partnership", "channels": ["visit"], "value": 10,
       "eligible": "tier in {1, 2, 5}", "applicable": "has_tag(\"opinion_leader\")"},
      {"id": "invite_advisory_board", "name": {"en": "invite to an advisory board", "zh": "邀请加入顾问委员会"},
       "issue": "science", "group": "partnership", "channels": ["visit", "remote_call"], "value": 14,
       "eligible": "tier <= 2", "applicable": "has_tag(\"opinion_leader\") and has_tag(\"chief\")"},
      {"id": "patient_program", "name": {"en": "present the patient programme", "zh": "介绍患者项目"},
       "issue": "service", "group": "service", "channels": ["visit", "remote_call"], "contents": ["patient_leaflet"], "value": 3,
       "eligible": "has_tag(\"high_potential\")"},
      {"id": "survey", "name": {"en": "ask for feedback", "zh": "问卷调查"},
       "issue": "insight", "group": "insight", "channels": ["email", "wechat"], "value": 0.8,
       "suitable": "not has_tag(\"never_contacted\")"}
    ],
    "consent": {"purpose": "promotion", "not_required": ["visit", "meeting"]},
    "caps": [
      {"id": "visit_month",      "of": {"channel": "visit"},                "max": 4, "days": 30},
      {"id": "remote_month",     "of": {"channel": "remote_call"},          "max": 4, "days": 30},
      {"id": "email_week",       "of": {"channel": "email"},                "max": 1, "days": 7},
      {"id": "wechat_week",      "of": {"channel": "wechat"},               "max": 2, "days": 7},
      {"id": "any_fortnight",    "of": {},                                  "max": 6, "days": 14},
      {"id": "speaker_half_year", "of": {"action": "invite_speaker"},       "max": 1, "days": 180},
      {"id": "board_year",       "of": {"action": "invite_advisory_board"}, "max": 1, "days": 365},
      {"id": "survey_quarter",   "of": {"action": "survey"},                "max": 1, "days": 90},
      {"id": "education_month",  "of": {"group": "education"},              "max": 3, "days": 30}
    ],
    "gaps": [
      {"id": "visit_gap",   "of": {"channel": "visit"},       "days": 5},
      {"id": "remote_gap",  "of": {"channel": "remote_call"}, "days": 5},
      {"id": "email_gap",   "of": {"channel": "email"},       "days": 3},
      {"id": "wechat_gap",  "of": {"channel": "wechat"},      "days": 1},
      {"id": "partner_gap", "of": {"group": "partnership"},    "days": 30}
    ],
    "contexts": [
      {"id": "webinar_habit", "when": "has_tag(\"webinar_recent\")",   "actions": ["invite_webinar"], "weight": 40},
      {"id": "event_lover",   "when": "has_tag(\"prefers_events\")",   "actions": ["invite_webinar", "invite_meeting"], "weight": 30},
      {"id": "video_lover",   "when": "has_tag(\"prefers_video\")",    "actions": ["send_video"], "weight": 60},
      {"id": "message_lover", "when": "has_tag(\"prefers_messages\")", "actions": ["send_article", "invite_webinar"], "weight": 30},
      {"id": "wake_up",       "when": "has_tag(\"silent\") or has_tag(\"never_contacted\")", "actions": ["detail_visit", "detail_remote"], "weight": 25},
      {"id": "left_email",    "when": "has_tag(\"left_email\")",       "actions": ["survey"], "weight": -80},
      {"id": "left_wechat",   "when": "has_tag(\"left_wechat\")",      "actions": ["send_video"], "weight": -50}
    ],
    "levers": [
      {"of": "issue",  "name": "education",       "percent": 10},
      {"of": "group",  "name": "detailing",       "percent": 5},
      {"of": "action", "name": "send_trial_data", "percent": 10}
    ],
    "factors": {"propensity": true, "context": true, "value": true, "lever": true},
    "floor": 0.02,
    "max_actions": 3,
    "valid_days": 14
  }
}
)policy"

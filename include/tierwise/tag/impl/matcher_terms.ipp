#include <string>

#include <tierwise/tag/matcher.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

// Broader tags stand before narrower ones. Plurals and spellings are terms of their own: there is no stemming.
inline constexpr content_tag content_tags[] = {
    // therapy areas
    {"oncology", "Oncology", "肿瘤", "",
     "oncology|oncologist|oncologists|cancer|cancers|carcinoma|tumor|tumors|tumour|tumours|malignancy|malignancies|"
     "neoplasm|"
     "chemotherapy|radiotherapy|metastatic|肿瘤|癌症|恶性肿瘤|化疗|放疗|靶向治疗|抗肿瘤"},
    {"cardiology", "Cardiology", "心血管", "",
     "cardiology|cardiologist|cardiologists|cardiovascular|coronary|心血管|心脏病|心内科|冠脉"},
    {"endocrinology", "Endocrinology", "内分泌", "", "endocrinology|endocrinologist|endocrine|内分泌|内分泌科"},
    {"neurology", "Neurology", "神经", "", "neurology|neurologist|neurologists|神经内科|神经系统疾病"},
    {"psychiatry", "Psychiatry", "精神", "", "psychiatry|psychiatrist|mental health|精神科|精神卫生|心理健康"},
    {"respiratory", "Respiratory", "呼吸", "", "respiratory|pulmonology|pulmonary|呼吸科|呼吸系统|呼吸内科"},
    {"gastroenterology", "Gastroenterology", "消化", "",
     "gastroenterology|gastrointestinal|消化科|消化内科|消化系统|胃肠"},
    {"hepatology", "Hepatology", "肝病", "", "hepatology|liver disease|cirrhosis|肝病|肝硬化|肝病科"},
    {"nephrology", "Nephrology", "肾脏", "", "nephrology|renal|kidney disease|肾内科|肾脏病|肾病"},
    {"rheumatology", "Rheumatology", "风湿免疫", "", "rheumatology|rheumatic|风湿|风湿免疫|风湿免疫科"},
    {"dermatology", "Dermatology", "皮肤", "", "dermatology|dermatologist|皮肤科|皮肤病"},
    {"haematology", "Haematology", "血液", "", "haematology|hematology|血液科|血液病|血液肿瘤"},
    {"infectious_disease", "Infectious disease", "感染", "",
     "infectious disease|infectious diseases|antibiotic|antibiotics|antimicrobial|感染科|感染性疾病|抗生素|抗菌药物"},
    {"ophthalmology", "Ophthalmology", "眼科", "", "ophthalmology|ophthalmologist|眼科|眼底病"},
    {"urology", "Urology", "泌尿", "", "urology|urologist|泌尿外科|泌尿系统"},
    {"paediatrics", "Paediatrics", "儿科", "", "paediatrics|pediatrics|paediatric|pediatric|儿科|儿童患者"},
    {"womens_health", "Women's health", "妇产", "",
     "gynaecology|gynecology|obstetrics|women's health|妇科|产科|妇产科"},
    {"rare_disease", "Rare disease", "罕见病", "", "rare disease|rare diseases|orphan drug|orphan drugs|罕见病|孤儿药"},
    {"immunology", "Immunology", "免疫", "", "immunology|autoimmune|自身免疫|免疫学"},
    {"vaccines", "Vaccines", "疫苗", "", "vaccine|vaccines|vaccination|immunisation|immunization|疫苗|预防接种"},
    // diseases
    {"lung_cancer", "Lung cancer", "肺癌", "oncology",
     "lung cancer|lung carcinoma|nsclc|non-small cell lung cancer|non-small-cell lung cancer|"
     "non small cell lung cancer|nonsmall cell lung cancer|nonsmall-cell lung cancer|肺癌|非小细胞肺癌|非 "
     "小细胞肺癌|肺腺癌"},
    {"small_cell_lung_cancer", "Small cell lung cancer", "小细胞肺癌", "lung_cancer",
     "sclc|small cell lung cancer|small-cell lung cancer|小细胞肺癌"},
    {"breast_cancer", "Breast cancer", "乳腺癌", "oncology", "breast cancer|her2-positive|her2|乳腺癌|三阴性乳腺癌"},
    {"gastric_cancer", "Gastric cancer", "胃癌", "oncology", "gastric cancer|stomach cancer|胃癌"},
    {"colorectal_cancer", "Colorectal cancer", "结直肠癌", "oncology",
     "colorectal cancer|colon cancer|结直肠癌|结肠癌|直肠癌"},
    {"liver_cancer", "Liver cancer", "肝癌", "oncology", "liver cancer|hepatocellular carcinoma|hcc|肝癌|肝细胞癌"},
    {"prostate_cancer", "Prostate cancer", "前列腺癌", "oncology", "prostate cancer|前列腺癌"},
    {"leukaemia", "Leukaemia", "白血病", "haematology", "leukaemia|leukemia|aml|cll|白血病"},
    {"lymphoma", "Lymphoma", "淋巴瘤", "haematology", "lymphoma|lymphomas|淋巴瘤"},
    {"myeloma", "Myeloma", "骨髓瘤", "haematology", "myeloma|multiple myeloma|骨髓瘤|多发性骨髓瘤"},
    {"hypertension", "Hypertension", "高血压", "cardiology",
     "hypertension|high blood pressure|blood pressure|高血压|降压"},
    {"heart_failure", "Heart failure", "心力衰竭", "cardiology", "heart failure|hfref|hfpef|心力衰竭|心衰"},
    {"atrial_fibrillation", "Atrial fibrillation", "房颤", "cardiology", "atrial fibrillation|心房颤动|房颤"},
    {"lipids", "Lipids", "血脂", "cardiology",
     "ldl-c|dyslipidaemia|dyslipidemia|hypercholesterolaemia|hypercholesterolemia|statin|statins|血脂|血脂异常|他汀|"
     "高胆固醇血症"},
    {"diabetes", "Diabetes", "糖尿病", "endocrinology",
     "diabetes|diabetic|type 2 diabetes|hba1c|insulin|glp-1|sglt2|糖尿病|2型糖尿病|糖化血红蛋白|胰岛素"},
    {"obesity", "Obesity", "肥胖", "endocrinology", "obesity|weight management|overweight|肥胖|肥胖症|体重管理"},
    {"osteoporosis", "Osteoporosis", "骨质疏松", "endocrinology", "osteoporosis|bone density|骨质疏松|骨密度"},
    {"stroke", "Stroke", "卒中", "neurology", "stroke|strokes|卒中|脑卒中|脑梗死"},
    {"epilepsy", "Epilepsy", "癫痫", "neurology", "epilepsy|epileptic|seizure|seizures|癫痫"},
    {"dementia", "Dementia", "痴呆", "neurology", "dementia|alzheimer's|alzheimer's disease|痴呆|阿尔茨海默病"},
    {"parkinsons", "Parkinson's disease", "帕金森病", "neurology", "parkinson's|parkinson's disease|帕金森病|帕金森"},
    {"migraine", "Migraine", "偏头痛", "neurology", "migraine|migraines|偏头痛"},
    {"depression", "Depression", "抑郁症", "psychiatry",
     "depression|major depressive disorder|antidepressant|antidepressants|抑郁症|抗抑郁"},
    {"schizophrenia", "Schizophrenia", "精神分裂症", "psychiatry",
     "schizophrenia|antipsychotic|antipsychotics|精神分裂症"},
    {"asthma", "Asthma", "哮喘", "respiratory", "asthma|哮喘|支气管哮喘"},
    {"copd", "COPD", "慢阻肺", "respiratory", "copd|chronic obstructive pulmonary disease|慢阻肺|慢性阻塞性肺疾病"},
    {"inflammatory_bowel", "Inflammatory bowel disease", "炎症性肠病", "gastroenterology",
     "inflammatory bowel disease|crohn's|crohn's disease|ulcerative colitis|炎症性肠病|克罗恩病|溃疡性结肠炎"},
    {"hepatitis", "Hepatitis", "肝炎", "hepatology", "hepatitis|hepatitis b|hepatitis c|肝炎|乙肝|丙肝"},
    {"chronic_kidney_disease", "Chronic kidney disease", "慢性肾脏病", "nephrology",
     "chronic kidney disease|ckd|dialysis|慢性肾脏病|透析"},
    {"arthritis", "Arthritis", "关节炎", "rheumatology",
     "arthritis|rheumatoid arthritis|psoriatic arthritis|关节炎|类风湿关节炎|类风湿"},
    {"lupus", "Lupus", "红斑狼疮", "rheumatology", "lupus|systemic lupus erythematosus|红斑狼疮|系统性红斑狼疮"},
    {"psoriasis", "Psoriasis", "银屑病", "dermatology", "psoriasis|银屑病|牛皮癣"},
    {"atopic_dermatitis", "Atopic dermatitis", "特应性皮炎", "dermatology", "atopic dermatitis|eczema|特应性皮炎|湿疹"},
    {"hiv", "HIV", "艾滋病", "infectious_disease",
     "hiv|acquired immunodeficiency|acquired immune deficiency|艾滋病|艾滋病毒"},
    {"influenza", "Influenza", "流感", "infectious_disease", "influenza|flu|流感|流行性感冒"},
    {"covid_19", "COVID-19", "新冠", "infectious_disease", "covid-19|covid|sars-cov-2|新冠|新冠肺炎|新型冠状病毒"},
    // what kind of thing is said
    {"immunotherapy", "Immunotherapy", "免疫治疗", "",
     "immunotherapy|immuno-oncology|checkpoint inhibitor|checkpoint "
     "inhibitors|pd-1|pd-l1|car-t|免疫治疗|免疫检查点抑制剂"},
    {"clinical_trial", "Clinical trial data", "临床试验数据", "",
     "clinical trial|clinical trials|randomised|randomized|phase 1|phase 2|phase 3|phase i|phase ii|phase "
     "iii|double-blind|"
     "placebo-controlled|interim analysis|临床试验|临床研究|随机对照|随机双盲|i期|ii期|iii期|三期临床|双盲"},
    {"efficacy", "Efficacy", "疗效", "",
     "efficacy|overall survival|progression-free survival|response rate|hazard ratio|primary "
     "endpoint|疗效|有效性|总生存期|无进展生存期|"
     "客观缓解率|主要终点"},
    {"safety", "Safety", "安全性", "",
     "safety|adverse event|adverse events|adverse reaction|adverse reactions|side effect|side effects|tolerability|"
     "contraindication|contraindications|安全性|不良反应|不良事件|副作用|耐受性|禁忌症"},
    {"pharmacovigilance", "Pharmacovigilance", "药物警戒", "safety",
     "pharmacovigilance|black box warning|boxed warning|药物警戒|黑框警告"},
    {"dosing", "Dosing", "用法用量", "", "dosing|dosage|dose adjustment|titration|用法用量|剂量|剂量调整|给药方案"},
    {"mechanism", "Mechanism of action", "作用机制", "",
     "mechanism of action|pharmacokinetics|pharmacodynamics|作用机制|药代动力学|药效学"},
    {"drug_interaction", "Drug interactions", "药物相互作用", "safety",
     "drug interaction|drug interactions|药物相互作用"},
    {"guideline", "Guidelines", "指南", "",
     "guideline|guidelines|consensus statement|expert "
     "consensus|recommendations|nccn|csco|esmo|临床指南|诊疗指南|指南|专家共识|诊疗规范"},
    {"reimbursement", "Reimbursement", "医保", "",
     "reimbursement|reimbursed|formulary|prior authorisation|prior authorization|insurance "
     "coverage|医保|医保目录|医保报销|报销|国家医保|国谈"},
    {"volume_procurement", "Volume-based procurement", "集采", "reimbursement",
     "volume-based procurement|vbp|集采|带量采购|集中采购"},
    {"health_economics", "Health economics", "卫生经济学", "",
     "health economics|cost-effectiveness|cost-effective|qaly|pharmacoeconomics|卫生经济学|药物经济学|成本效果"},
    {"real_world_evidence", "Real-world evidence", "真实世界证据", "",
     "real-world evidence|real world evidence|real-world data|registry study|observational "
     "study|真实世界|真实世界研究|真实世界证据|观察性研究"},
    {"approval", "Approval", "获批", "",
     "fda approval|ema approval|nmpa|label update|new indication|approved for|获批|上市批准|新适应症|药监局"},
    {"biosimilar", "Biosimilars", "生物类似药", "", "biosimilar|biosimilars|生物类似药"},
    {"biomarker", "Biomarkers", "生物标志物", "",
     "biomarker|biomarkers|companion diagnostic|egfr|alk|kras|生物标志物|基因检测|伴随诊断"},
    {"diagnosis", "Diagnosis", "诊断", "", "diagnosis|diagnostic|screening|early detection|诊断|鉴别诊断|筛查|早筛"},
    {"first_line", "First-line treatment", "一线治疗", "", "first-line|first line|1l treatment|一线治疗|一线用药"},
    {"adherence", "Adherence", "依从性", "",
     "adherence|compliance with treatment|persistence on treatment|依从性|用药依从性"},
    {"patient_support", "Patient support", "患者支持", "",
     "patient support|patient support program|patient support programme|patient assistance|patient "
     "education|患者教育|患者援助|患者支持|患者管理"},
    {"quality_of_life", "Quality of life", "生活质量", "",
     "quality of life|patient-reported outcome|patient-reported outcomes|生活质量|患者报告结局"},
    {"case_study", "Case study", "病例", "",
     "case study|case studies|case report|case discussion|病例分享|病例讨论|病例报告"},
    {"medical_education", "Medical education", "医学教育", "",
     "cme|continuing medical "
     "education|webinar|masterclass|继续教育|继续医学教育|医学教育|网络研讨会|继续教育学分|学分证书|cme学分|i类学分|"
     "ii类学分"},
    {"congress", "Congress", "学术会议", "",
     "congress|symposium|asco|poster session|late-breaking|学术会议|年会|卫星会|研讨会"},
    {"digital_health", "Digital health", "数字医疗", "",
     "digital health|telemedicine|remote monitoring|互联网医院|数字医疗|远程医疗|在线问诊"},
    {"supply", "Supply", "供应", "", "drug shortage|out of stock|supply chain|短缺|断货|供应保障|进院"},
};

// Say nothing, and hide what lies inside them.
inline constexpr std::string_view excluding_terms[] = {"great depression",
                                                       "economic depression",
                                                       "respiratory depression",
                                                       "bone marrow depression",
                                                       "stroke volume",
                                                       "first aid",
                                                       "food safety",
                                                       "job safety",
                                                       "network safety",
                                                       "安全性行为",
                                                       "投资指南",
                                                       "旅游指南",
                                                       "食品安全性",
                                                       "癌症险",
                                                       "商业诊断",
                                                       "st-segment depression",
                                                       "st segment depression",
                                                       "st depression",
                                                       "insulin-like",
                                                       "us congress",
                                                       "u.s. congress",
                                                       "member of congress",
                                                       "members of congress",
                                                       "优化疗",
                                                       "强化疗",
                                                       "深化疗",
                                                       "简化疗",
                                                       "细化疗",
                                                       "固化疗",
                                                       "交流感",
                                                       "潮流感",
                                                       "电流感",
                                                       "气流感",
                                                       "今年会",
                                                       "去年会",
                                                       "明年会",
                                                       "每年会",
                                                       "近年会",
                                                       "来年会",
                                                       "当年会",
                                                       "次年会",
                                                       "青年会",
                                                       "中年会",
                                                       "老年会",
                                                       "跨国谈",
                                                       "中国谈",
                                                       "美国谈",
                                                       "各国谈",
                                                       "两国谈",
                                                       "外国谈",
                                                       "全国谈",
                                                       "指南针",
                                                       "生产科",
                                                       "国产科",
                                                       "量产科",
                                                       "投产科",
                                                       "采集采",
                                                       "收集采",
                                                       "征集采",
                                                       "募集采",
                                                       "集采样"};

}  // namespace detail

TIERWISE_INLINE std::span<const content_tag> shipped_content_tags() noexcept { return detail::content_tags; }

TIERWISE_INLINE std::vector<term> shipped_terms() {
  const std::span<const content_tag> all = shipped_content_tags();
  std::vector<term> out;
  for (const content_tag& tag : all) {
    std::vector<std::string> ids;
    for (std::string_view id = tag.id; !id.empty();) {
      ids.emplace_back(id);
      std::string_view broader;
      for (const content_tag& other : all)
        if (other.id == id) broader = other.broader;
      id = broader;
    }
    for (std::string_view rest = tag.terms; !rest.empty();) {
      const std::size_t end = rest.find('|');
      out.push_back({std::string(rest.substr(0, end)), ids});
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  for (const std::string_view text : detail::excluding_terms) out.push_back({std::string(text), {}});
  return out;
}

}  // namespace tierwise

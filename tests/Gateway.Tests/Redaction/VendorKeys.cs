namespace Tda.Gateway.Tests.Redaction;

/// <summary>
/// Keys of the vendors' published forms, none of them anyone's: made here from a form and a seed, so that no scanner of repositories
/// takes this file for a leak. In a form <c>{A36}</c> is 36 random letters and digits; U capital letters and digits, l small ones and digits,
/// h hexadecimal digits, k letters, digits, '_' and '-', b base64, d digits, u a UUID.
/// </summary>
internal static class VendorKeys
{
    public static readonly (string Vendor, string Form)[] Forms =
    [
        ("OpenAI", "sk-{A20}T3BlbkFJ{A20}"), ("OpenAI project", "sk-proj-{k74}T3BlbkFJ{k74}"), ("OpenAI service account", "sk-svcacct-{k74}T3BlbkFJ{k74}"),
        ("OpenAI admin", "sk-admin-{k58}T3BlbkFJ{k58}"), ("Anthropic", "sk-ant-api03-{k93}AA"), ("Anthropic admin", "sk-ant-admin01-{k93}AA"),
        ("DeepSeek", "sk-{h32}"), ("OpenRouter", "sk-or-v1-{h64}"), ("Stability", "sk-{A48}"), ("LiteLLM", "sk-{k22}"), ("Langfuse", "sk-lf-{u}"), ("Langfuse, public", "pk-lf-{u}"),
        ("Google", "AIza{k35}"), ("Groq", "gsk_{A52}"), ("Hugging Face", "hf_{A34}"), ("Hugging Face organisation", "api_org_{A34}"), ("Replicate", "r8_{A37}"),
        ("xAI", "xai-{A80}"), ("Perplexity", "pplx-{A48}"), ("NVIDIA", "nvapi-{k64}"), ("Cerebras", "csk-{l48}"), ("Fireworks", "fw_{A24}"),
        ("Tavily", "tvly-{A32}"), ("LangSmith", "lsv2_pt_{h32}_{h10}"), ("Pinecone", "pcsk_{A6}_{A63}"), ("Together", "tgp_v1_{k43}"),
        ("ElevenLabs", "sk_{h48}"), ("Voyage", "pa-{k43}"), ("Jina", "jina_{h32}{A28}"), ("Anyscale", "esecret_{l27}"), ("Amazon Bedrock", "ABSK{b128}"), ("Amazon Bedrock, short-lived", "bedrock-api-key-{b120}"),
        ("Amazon", "AKIA{U16}"), ("Amazon session", "ASIA{U16}"), ("Google OAuth", "ya29.{k120}"), ("Google OAuth client", "GOCSPX-{k28}"),
        ("Google refresh token", "1//0{k99}"), ("Microsoft Entra", "{A3}8Q~{k34}"), ("Azure DevOps", "{A76}AZDO{A4}"), ("DigitalOcean", "dop_v1_{h64}"),
        ("DigitalOcean OAuth", "doo_v1_{h64}"), ("Alibaba", "LTAI{A20}"), ("Tencent", "AKID{A32}"), ("Yandex", "AQVN{k36}"), ("Scaleway", "SCW{U17}"),
        ("Fly.io", "fm2_{b120}"), ("Fly.io, older", "fo1_{k43}"), ("Heroku", "HRKU-AA{k58}"), ("Netlify", "nfp_{A36}"), ("Vercel", "vercel_blob_rw_{A16}_{A30}"),
        ("Cloudflare", "v1.0-{h24}-{h146}"), ("Supabase", "sbp_{h40}"), ("Supabase secret", "sb_secret_{k22}_{k8}"), ("PlanetScale", "pscale_tkn_{k43}"),
        ("Neon", "napi_{l64}"), ("Aiven", "AVNS_{k19}"), ("ClickHouse", "4b1d{A38}"), ("Databricks", "dapi{h32}"), ("Terraform", "{A14}.atlasv1.{k67}"),
        ("Vault", "hvs.{k95}"), ("Vault batch", "hvb.{k150}"), ("Pulumi", "pul-{h40}"), ("Doppler", "dp.pt.{A43}"), ("Tailscale", "tskey-auth-{A17}-{A32}"),
        ("1Password service", "ops_eyJ{b300}"), ("1Password", "A3-{U6}-{U11}-{U5}-{U5}-{U5}"), ("age", "AGE-SECRET-KEY-1{U58}"),
        ("GitHub", "ghp_{A36}"), ("GitHub OAuth", "gho_{A36}"), ("GitHub user", "ghu_{A36}"), ("GitHub server", "ghs_{A36}"), ("GitHub refresh", "ghr_{A36}"),
        ("GitHub fine-grained", "github_pat_{A22}_{A59}"), ("GitLab", "glpat-{k20}"), ("GitLab deploy", "gldt-{k20}"), ("GitLab runner", "glrt-{k20}"),
        ("GitLab job", "glcbt-{A2}_{k20}"), ("GitLab trigger", "glptt-{h40}"), ("GitLab registration", "GR1348941{k20}"), ("Bitbucket", "ATBB{A32}"),
        ("Atlassian", "ATATT3{k180}"), ("CircleCI", "CCIPAT_{A22}_{h40}"), ("Buildkite", "bkua_{h40}"), ("SonarQube", "squ_{h40}"),
        ("Sourcegraph", "sgp_{h16}_{h40}"), ("JFrog", "AKCp{A69}"), ("JFrog reference", "cmVmd{A59}"), ("npm", "npm_{A36}"), ("PyPI", "pypi-AgEIcHlwaS5vcmc{k160}"),
        ("RubyGems", "rubygems_{h48}"), ("NuGet", "oy2{l43}"), ("crates.io", "cio{A32}"), ("Clojars", "CLOJARS_{h60}"), ("Docker", "dckr_pat_{k27}"),
        ("Octopus", "API-{U26}"), ("Infracost", "ico-{A32}"), ("Prefect", "pnu_{A36}"), ("Postman", "PMAK-{h24}-{h34}"),
        ("Slack bot", "xoxb-{d12}-{d13}-{A24}"), ("Slack user", "xoxp-{d12}-{d12}-{d13}-{h32}"), ("Slack app", "xapp-1-{U11}-{d13}-{h64}"),
        ("Slack webhook", "hooks.slack.com/services/T{U10}/B{U10}/{A24}"), ("Discord webhook", "discord.com/api/webhooks/{d18}/{k68}"),
        ("Discord bot", "MTA{A21}.G{A5}.{k38}"), ("Telegram bot", "{d10}:AA{k33}"), ("Teams webhook", "{l12}.webhook.office.com/webhookb2/{u}@{u}/IncomingWebhook/{h32}/{u}"),
        ("Facebook", "EAAC{A180}"), ("Instagram", "IGQVJ{k150}"), ("Firebase messaging", "{k11}:APA91b{k134}"), ("SendGrid", "SG.{k22}.{k43}"), ("Brevo", "xkeysib-{h64}-{A16}"),
        ("Brevo SMTP", "xsmtpsib-{h64}-{A16}"), ("Mailchimp", "{h32}-us12"), ("Mailgun", "key-{h32}"), ("Resend", "re_{A8}_{A24}"), ("Twilio", "SK{h32}"), ("Twilio account", "AC{h32}"),
        ("Stripe", "sk_live_{A24}"), ("Stripe test", "sk_test_{A99}"), ("Stripe restricted", "rk_live_{A24}"), ("Stripe webhook", "whsec_{b32}"),
        ("Square", "sq0atp-{k22}"), ("Square client", "sq0csp-{k43}"), ("PayPal", "access_token$production${l16}${h32}"), ("Razorpay", "rzp_live_{A14}"),
        ("Flutterwave", "FLWSECK-{h32}-X"), ("Shippo", "shippo_live_{h40}"), ("EasyPost", "EZAK{A54}"), ("Plaid", "access-sandbox-{u}"), ("Duffel", "duffel_live_{k43}"),
        ("Shopify", "shpat_{h32}"), ("Shopify secret", "shpss_{h32}"), ("Grafana", "glsa_{A32}_{h8}"), ("Grafana Cloud", "glc_{b100}"), ("New Relic", "NRAK-{U27}"),
        ("Sentry", "sntryu_{h64}"), ("Dynatrace", "dt0c01.{U24}.{U64}"), ("Honeycomb", "hcaik_{l58}"), ("PostHog", "phx_{A43}"), ("Airtable", "pat{A14}.{h64}"),
        ("Notion", "ntn_{d11}{A35}"), ("Notion, older", "secret_{A43}"), ("Linear", "lin_api_{A40}"), ("Figma", "figd_{k40}"), ("Contentful", "CFPAT-{k43}"),
        ("Typeform", "tfp_{k59}"), ("HubSpot", "pat-na1-{u}"), ("Harness", "pat.{k22}.{h24}.{A20}"), ("Adobe", "p8e-{l32}"), ("Frame.io", "fio-u-{k64}"),
        ("ReadMe", "rdme_{l70}"), ("Dropbox", "sl.{k136}"), ("MaxMind", "{A6}_{A29}_mmk"), ("Tda", "tda_{k48}"),
    ];

    /// <summary>A key of this form.</summary>
    public static string Make(string form, ulong seed)
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        var key = new StringBuilder();
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] != '{')
            {
                key.Append(form[i]);
                continue;
            }

            var close = form.IndexOf('}', i);
            var alphabet = form[i + 1] switch
            {
                'U' => letters[..26] + "234567",
                'l' => letters[26..],
                'h' => "0123456789abcdef",
                'k' => letters + "_-",
                'b' => letters + "+/",
                'd' => "123456789",
                _ => letters,
            };
            if (form[i + 1] == 'u')
            {
                key.Append(Make("{h8}-{h4}-4{h3}-a{h3}-{h12}", seed ^ (ulong)i));
            }
            else
            {
                for (var count = int.Parse(form.AsSpan(i + 2, close - i - 2), CultureInfo.InvariantCulture); count > 0; count--)
                {
                    seed = (seed * 6364136223846793005) + 1442695040888963407;
                    key.Append(alphabet[(int)((seed >> 33) % (ulong)alphabet.Length)]);
                }
            }

            i = close;
        }

        return key.ToString();
    }
}

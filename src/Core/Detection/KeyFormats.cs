using System.Buffers;

namespace Tda.Core.Detection;

/// <summary>
/// What a vendor's keys look like: a beginning, then so many characters of an alphabet. Lengths are shorter than the vendors' where
/// the beginning says enough, since half a key is a secret too.
/// </summary>
/// <param name="Vendor">Whose it is.</param>
/// <param name="Beginning">Its first characters, see <see cref="Beginnings"/>; several ways are divided by spaces.</param>
/// <param name="Alphabet">What stands behind them.</param>
/// <param name="Least">The fewest characters behind them.</param>
/// <param name="Most">The most; 0: any number.</param>
/// <param name="Shape">What the characters must be like.</param>
internal sealed record KeyFormat(
    string Vendor, string Beginning, SearchValues<byte> Alphabet, int Least, int Most = 0, KeyShape Shape = KeyShape.Any)
{
    // What an open alphabet's shape is told by; a text made of beginnings must not be read again for each.
    private const int Near = 256;

    // So many characters of base64 without a break are no path of an address.
    private const int LongRun = 64;

    /// <summary>Characters before the beginning that belong to the key; none when the fewest are 0.</summary>
    public (SearchValues<byte> Alphabet, int Least, int Most) Before { get; init; } = (Bytes.Alphanumeric, 0, 0);

    /// <summary>Each way to begin, with what finds the keys that begin so.</summary>
    public IEnumerable<(string Beginning, SecretFinder Finder)> Finders()
    {
        foreach (var way in Beginning.Split(' '))
        {
            SearchValues<byte>[] places = [.. Beginnings.Parse(way).Select(set => SearchValues.Create(Encoding.ASCII.GetBytes(set)))];
            yield return (way, (text, at, found) => Find(text, at, places, found));
        }
    }

    private int Find(ReadOnlySpan<byte> text, int at, SearchValues<byte>[] places, SecretSpans found)
    {
        var body = at + places.Length;
        if (body + Least > text.Length)
        {
            return 0;
        }

        // From the end: the first three brought us here.
        for (var i = places.Length - 1; i >= 0; i--)
        {
            if (!places[i].Contains(text[at + i]))
            {
                return 0;
            }
        }

        var start = at - Left(text[..at]);
        if ((Before.Least > 0 && start == at) || (start > 0 && Bytes.IsAlphanumeric(text[start - 1]) && Bytes.IsAlphanumeric(text[start])))
        {
            return 0;
        }

        // In megabytes of base64 some sign is followed by whatever begins a key.
        if (start > LongRun && text[start - 1] is (byte)'+' or (byte)'/' && !text.Slice(start - LongRun, LongRun).ContainsAnyExcept(Bytes.Base64Text))
        {
            return 0;
        }

        var near = text[..Math.Min(text.Length, body + (Most == 0 ? Math.Max(Near, Least) : Most + 1))];
        var end = Bytes.RunEnd(near, body, Alphabet);
        if (end - body < Least || !Shape.Fits(text[body..end]))
        {
            return 0;
        }

        end = Most == 0 ? Bytes.RunEnd(text, end, Alphabet) : end;
        if ((Most > 0 && end - body > Most) || (end < text.Length && Bytes.IsAlphanumeric(text[end])))
        {
            return 0;
        }

        found.Add(start, end, SecretKinds.ApiKey);
        return end;
    }

    private int Left(ReadOnlySpan<byte> before)
    {
        if (Before.Least == 0)
        {
            return 0;
        }

        var near = before[^Math.Min(before.Length, Before.Most)..];
        var count = near.Length - 1 - near.LastIndexOfAnyExcept(Before.Alphabet);
        return count >= Before.Least ? count : 0;
    }
}

/// <summary>What the characters of a key are like.</summary>
internal enum KeyShape
{
    Any,

    /// <summary>At least one digit among them.</summary>
    Digit,

    /// <summary>A small letter, a capital and a digit at least, or letters whose case changes more often than in any name.</summary>
    Mixed,

    /// <summary>One of the two.</summary>
    DigitOrMixed,

    /// <summary>Letters and digits in no order that a word would have.</summary>
    Random,

    /// <summary>Parts with dots between them.</summary>
    Dotted,
}

/// <summary>The formats of keys that vendors publish or that detectors of leaked keys list. Adding a format is adding a line.</summary>
internal static class KeyFormats
{
    public static readonly IReadOnlyList<KeyFormat> All =
    [
        // Model providers.
        new("OpenAI, Anthropic, DeepSeek, OpenRouter, Stability, LiteLLM", "sk-", Bytes.KeyText, 16, 0, KeyShape.Random),
        new("Google", "AIza", Bytes.KeyText, 30),
        new("Groq", "gsk_", Bytes.Alphanumeric, 20),
        new("Hugging Face", "hf_ api_org_", Bytes.Alphanumeric, 20),
        new("Replicate", "r8_", Bytes.Alphanumeric, 30),
        new("xAI", "xai-", Bytes.Alphanumeric, 40),
        new("Perplexity", "pplx-", Bytes.Alphanumeric, 32),
        new("NVIDIA", "nvapi-", Bytes.KeyText, 40),
        new("Cerebras", "csk-", Bytes.Alphanumeric, 32),
        new("Fireworks", "fw_", Bytes.Alphanumeric, 20, 0, KeyShape.Random),
        new("Fireworks", "fw_", Bytes.Alphanumeric, 24, 24, KeyShape.Mixed),
        new("Tavily", "tvly-", Bytes.KeyText, 20, 0, KeyShape.Random),
        new("LangSmith", "lsv2_", Bytes.KeyText, 35),
        new("Pinecone", "pcsk_", Bytes.KeyText, 40),
        new("Together", "tgp_v1_", Bytes.KeyText, 40),
        new("ElevenLabs", "sk_[0-9a-f]", Bytes.Hex, 39, 63),
        new("Voyage", "pa-", Bytes.KeyText, 40, 0, KeyShape.Random),
        new("Jina", "jina_", Bytes.Alphanumeric, 40),
        new("Anyscale", "esecret_", Bytes.Alphanumeric, 20),
        new("Langfuse", "sk-lf- pk-lf-", Bytes.KeyText, 36, 36),
        new("Amazon Bedrock", "ABSK bedrock-api-key-", Bytes.Base64Text, 60),

        // Clouds.
        new("Amazon", "AKIA ASIA ABIA ACCA", Bytes.UpperOrDigit, 16, 16),
        new("Google OAuth", "ya29.", Bytes.KeyText, 30),
        new("Google OAuth client", "GOCSPX-", Bytes.KeyText, 24),
        new("Google refresh token", "1//0", Bytes.KeyText, 40),
        new("Microsoft Entra", "[0-9]Q~", Bytes.EntraText, 31, 34) { Before = (Bytes.EntraText, 3, 3) },
        new("Azure DevOps", "AZDO", Bytes.Alphanumeric, 4, 4) { Before = (Bytes.Alphanumeric, 76, 76) },
        new("DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", Bytes.Hex, 40),
        new("Alibaba", "LTAI", Bytes.Alphanumeric, 12, 26, KeyShape.DigitOrMixed),
        new("Tencent", "AKID", Bytes.Alphanumeric, 32, 32, KeyShape.DigitOrMixed),
        new("Yandex", "AQVN", Bytes.KeyText, 35),
        new("Scaleway", "SCW", Bytes.UpperOrDigit, 17, 17),
        new("Fly.io", "fo1_ fm1a_ fm1r_ fm2_", Bytes.Base64Text, 40),
        new("Heroku", "HRKU-", Bytes.KeyText, 36),
        new("Netlify", "nfp_", Bytes.Alphanumeric, 30),
        new("Vercel", "vercel_blob_rw_", Bytes.KeyText, 24),
        new("Cloudflare origin", "v1.0-", Bytes.KeyText, 100),
        new("Supabase", "sbp_ sb_secret_", Bytes.KeyText, 24),
        new("PlanetScale", "pscale_tkn_ pscale_pw_ pscale_oauth_", Bytes.JwtText, 32),
        new("Neon", "napi_", Bytes.Alphanumeric, 40),
        new("Aiven", "AVNS_", Bytes.KeyText, 15),
        new("ClickHouse", "4b1d", Bytes.Alphanumeric, 38, 38),
        new("Databricks", "dapi", Bytes.Hex, 32, 32),
        new("Terraform", ".atlasv1.", Bytes.KeyText, 50) { Before = (Bytes.Alphanumeric, 14, 14) },
        new("Vault", "hvs. hvb. hvr.", Bytes.KeyText, 24),
        new("Pulumi", "pul-", Bytes.Hex, 40, 40),
        new("Doppler", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", Bytes.JwtText, 40),
        new("Tailscale", "tskey-", Bytes.KeyText, 20, 0, KeyShape.Digit),
        new("1Password", "ops_eyJ", Bytes.Base64Text, 60),
        new("1Password", "A3-", Bytes.UpperDigitDash, 33, 40, KeyShape.Digit),
        new("age", "AGE-SECRET-KEY-1", Bytes.UpperOrDigit, 58, 58),

        // Repositories, builds and package registries.
        new("GitHub", "gh[pousr]_", Bytes.Alphanumeric, 20),
        new("GitHub", "github_pat_", Bytes.KeyText, 20),
        new("GitLab", "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- gloas- glimt- glffct- glagent-", Bytes.JwtText, 16),
        new("GitLab runner", "GR1348941", Bytes.KeyText, 20, 20),
        new("Bitbucket", "ATBB", Bytes.Alphanumeric, 28, 40, KeyShape.DigitOrMixed),
        new("Atlassian", "ATATT3 ATCTT3", Bytes.BearerText, 60),
        new("CircleCI", "CCIPAT_ CCIPRJ_", Bytes.KeyText, 30),
        new("Buildkite", "bkua_", Bytes.Hex, 40, 40),
        new("SonarQube", "squ_ sqp_ sqa_", Bytes.Hex, 40, 40),
        new("Sourcegraph", "sgp_", Bytes.KeyText, 40),
        new("JFrog", "AKCp", Bytes.Alphanumeric, 60),
        new("JFrog", "cmVmd", Bytes.Alphanumeric, 59, 59),
        new("npm", "npm_", Bytes.Alphanumeric, 30),
        new("PyPI", "pypi-AgE", Bytes.KeyText, 50),
        new("RubyGems", "rubygems_", Bytes.Hex, 40),
        new("NuGet", "oy2", Bytes.LowerOrDigit, 43, 43),
        new("crates.io", "cio", Bytes.Alphanumeric, 32, 32, KeyShape.Random),
        new("Clojars", "CLOJARS_", Bytes.Hex, 60),
        new("Docker", "dckr_pat_ dckr_oat_", Bytes.KeyText, 24),
        new("Octopus", "API-", Bytes.UpperOrDigit, 25, 27, KeyShape.Digit),
        new("Infracost", "ico-", Bytes.Alphanumeric, 32, 32),
        new("Prefect", "pnu_ pnb_", Bytes.Alphanumeric, 36, 36),
        new("Postman", "PMAK-", Bytes.KeyText, 50),

        // Chat, mail and social networks.
        new("Slack", "xox[abceoprs]- xox[abceoprs].", Bytes.JwtText, 10, 0, KeyShape.Digit),
        new("Slack app", "xapp-", Bytes.KeyText, 20, 0, KeyShape.Digit),
        new("Slack webhook", "hooks.slack.com/services/ hooks.slack.com/workflows/", Bytes.Base64Text, 30),
        new("Discord webhook", "discord.com/api/webhooks/ discordapp.com/api/webhooks/", Bytes.PathText, 60),
        new("Discord bot", "[MNO][DTjz][AEIMQUYcgk]", Bytes.JwtText, 55, 80, KeyShape.Dotted),
        new("Telegram bot", ":AA", Bytes.KeyText, 33, 33) { Before = (Bytes.Digit, 8, 10) },
        new("Teams webhook", ".webhook.office.com/webhookb2/", Bytes.PathText, 70) { Before = (Bytes.LowerOrDigit, 1, 60) },
        new("Facebook", "EAA", Bytes.Alphanumeric, 60, 0, KeyShape.Random),
        new("Instagram", "IGQ", Bytes.KeyText, 80, 0, KeyShape.Random),
        new("Firebase messaging", ":APA91b", Bytes.KeyText, 100) { Before = (Bytes.KeyText, 11, 22) },
        new("SendGrid", "SG.", Bytes.JwtText, 50, 0, KeyShape.Random),
        new("Brevo", "xkeysib- xsmtpsib-", Bytes.KeyText, 64),
        new("Mailchimp", "-us", Bytes.Digit, 1, 2) { Before = (Bytes.Hex, 32, 32) },
        new("Mailgun", "key-", Bytes.Hex, 32, 32),
        new("Resend", "re_", Bytes.KeyText, 24, 0, KeyShape.Random),
        new("Resend", "re_", Bytes.KeyText, 33, 33, KeyShape.Mixed),
        new("Twilio", "SK[0-9a-f] AC[0-9a-f]", Bytes.Hex, 31, 31),

        // Payment and commerce.
        new("Stripe, Clerk, Paystack", "sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_", Bytes.Alphanumeric, 16),
        new("Stripe webhook", "whsec_", Bytes.Base64Text, 24),
        new("Square", "sq0atp- sq0csp-", Bytes.KeyText, 22),
        new("PayPal", "access_token$production$ access_token$sandbox$", Bytes.DollarText, 32),
        new("Razorpay", "rzp_live_ rzp_test_", Bytes.Alphanumeric, 14, 24),
        new("Flutterwave", "FLWSECK- FLWSECK_TEST-", Bytes.KeyText, 12),
        new("Shippo", "shippo_live_ shippo_test_", Bytes.Hex, 40),
        new("EasyPost", "EZAK EZTK", Bytes.Alphanumeric, 54, 54),
        new("Plaid", "access-sandbox- access-development- access-production-", Bytes.KeyText, 36, 36),
        new("Duffel", "duffel_live_ duffel_test_", Bytes.KeyText, 40),
        new("Shopify", "shpat_ shpca_ shppa_ shpss_", Bytes.Hex, 32, 32),

        // Monitoring, office and other services.
        new("Grafana", "glsa_ glc_", Bytes.Base64Text, 30),
        new("New Relic", "NRAK- NRJS- NRII-", Bytes.KeyText, 19, 40, KeyShape.Digit),
        new("Sentry", "sntrys_ sntryu_", Bytes.Base64Text, 60),
        new("Dynatrace", "dt0[cs][0-9][0-9].", Bytes.JwtText, 60),
        new("Honeycomb", "hc[abx][il]k_", Bytes.Alphanumeric, 50),
        new("PostHog", "phx_ phs_", Bytes.Alphanumeric, 32),
        new("Airtable", "pat[0-9A-Za-z]", Bytes.JwtText, 78, 78, KeyShape.Dotted),
        new("Notion", "secret_ ntn_", Bytes.Alphanumeric, 40, 50),
        new("Linear", "lin_api_ lin_oauth_", Bytes.Alphanumeric, 32),
        new("Figma", "figd_", Bytes.KeyText, 36),
        new("Contentful", "CFPAT-", Bytes.KeyText, 40),
        new("Typeform", "tfp_", Bytes.JwtText, 40),
        new("HubSpot", "pat-na1- pat-na2- pat-eu1-", Bytes.KeyText, 36, 36),
        new("Harness", "pat. sat.", Bytes.JwtText, 60, 90, KeyShape.Dotted),
        new("Adobe", "p8e-", Bytes.Alphanumeric, 32, 32),
        new("Frame.io", "fio-u-", Bytes.KeyText, 60),
        new("ReadMe", "rdme_", Bytes.LowerOrDigit, 60),
        new("Dropbox", "sl.", Bytes.KeyText, 100, 0, KeyShape.Random),
        new("MaxMind", "_mmk", Bytes.Digit, 0, 1) { Before = (Bytes.KeyText, 36, 36) },
        new("Tda", "tda_", Bytes.KeyText, 20, 0, KeyShape.Random),
    ];

    /// <summary>Whether the characters are like that.</summary>
    public static bool Fits(this KeyShape shape, ReadOnlySpan<byte> text) => shape switch
    {
        KeyShape.Digit => text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0,
        KeyShape.Mixed => Randomness.IsMixed(text),
        KeyShape.DigitOrMixed => KeyShape.Digit.Fits(text) || KeyShape.Mixed.Fits(text),
        KeyShape.Dotted => text.Contains((byte)'.'),
        KeyShape.Random => Randomness.IsIn(text),
        _ => true,
    };
}

/// <summary>Tells keys from names that people gave: <c>4f9Qx81bTz0L</c> from <c>container-id-100</c>.</summary>
internal static class Randomness
{
    private const int ShortestPart = 10;
    private const int FewestChanges = 4;
    private const int FewestDigits = 8;

    /// <summary>Whether small letters, capitals and digits all occur, or the case changes at three of ten places; the formats that ask for it have a fixed length, which few names have.</summary>
    public static bool IsMixed(ReadOnlySpan<byte> text)
    {
        var changes = 0;
        for (var i = 1; i < text.Length; i++)
        {
            changes += Bytes.IsAlphanumeric(text[i]) && Bytes.IsAlphanumeric(text[i - 1]) && (text[i] >= 'a') != (text[i - 1] >= 'a') ? 1 : 0;
        }

        return 10 * changes >= 3 * text.Length
            || (text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0 && text.IndexOfAnyInRange((byte)'A', (byte)'Z') >= 0 && text.IndexOfAnyInRange((byte)'a', (byte)'z') >= 0);
    }

    /// <summary>
    /// Whether a part between signs is like a key's: at least ten letters and digits that change between small letters, capitals and
    /// digits again and again, or many digits.
    /// </summary>
    public static bool IsIn(ReadOnlySpan<byte> text)
    {
        int length = 0, digits = 0, changes = 0, allChanges = 0;
        byte before = 0;
        foreach (var value in text)
        {
            if (!Bytes.IsAlphanumeric(value))
            {
                (length, digits, changes, allChanges, before) = (0, 0, 0, 0, 0);
                continue;
            }

            length++;
            digits += Bytes.IsDigit(value) ? 1 : 0;
            var kind = Bytes.IsDigit(value) ? (byte)1 : value >= 'a' ? (byte)2 : (byte)3;
            allChanges += before != 0 && kind != before ? 1 : 0;
            changes += before != 0 && kind != before && (kind == 1 || before == 1) ? 1 : 0;
            before = kind;

            // Words in camelCase change twice in some six letters, random letters and digits in every other place.
            if ((length >= ShortestPart && digits >= 2 && changes >= FewestChanges)
                || (length >= ShortestPart && digits >= 1 && 2 * allChanges >= length) || digits >= FewestDigits)
            {
                return true;
            }
        }

        return false;
    }
}

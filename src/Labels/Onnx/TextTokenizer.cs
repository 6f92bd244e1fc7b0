using System.Text.Json.Nodes;
using Tokenizers.DotNet;

namespace Tda.Labels.Onnx;

/// <summary>
/// Turns texts into the token ids that a model was trained on, by Hugging Face's own tokenizers, and cuts long texts into windows. Whatever
/// <c>tokenizer.json</c> says of truncation and padding is left aside: what is cut off is for the caller to know.
/// </summary>
public sealed class TextTokenizer : IDisposable
{
    // Text that can't reach the model isn't tokenised either: no vocabulary at hand has tokens longer than this on average.
    private const int CharactersPerToken = 32;

    private readonly Tokenizer _body;
    private readonly int[] _before;
    private readonly int[] _after;

    private TextTokenizer(string origin, Tokenizer body, Tokenizer whole, int vocabulary)
    {
        _body = body;
        Vocabulary = vocabulary;
        (_before, _after) = SpecialTokens(origin, whole.Encode("a"), body.Encode("a"));
    }

    /// <summary>Highest token id and 1: the rows that a model's embedding must have.</summary>
    public int Vocabulary { get; }

    /// <summary>Tokens that every window carries beside the text's, such as <c>[CLS]</c> and <c>[SEP]</c>.</summary>
    public int SpecialCount => _before.Length + _after.Length;

    /// <summary>Reads <c>tokenizer.json</c> of a model's folder, or where there is none its <c>vocab.txt</c> as BERT's WordPiece.</summary>
    /// <exception cref="BadInputException">Neither is there, or what is there can't be used.</exception>
    public static TextTokenizer Open(string folder)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json))
        {
            return Parse(json, JsonFile.Read<JsonObject>(json));
        }

        var words = Path.Combine(folder, "vocab.txt");
        if (!File.Exists(words))
        {
            throw new BadInputException(folder, "holds neither tokenizer.json nor vocab.txt", remedy: "Export the model together with its tokenizer.");
        }

        var settings = Path.Combine(folder, "tokenizer_config.json");
        var lowerCase = !File.Exists(settings) || JsonFile.Read<JsonObject>(settings)["do_lower_case"] is not JsonValue said || !said.TryGetValue(out bool lower) || lower;
        return OfWords(words, File.ReadAllText(words), lowerCase);
    }

    /// <summary>BERT's WordPiece over a vocabulary, a token a line.</summary>
    /// <param name="origin">Where the vocabulary is from, for errors.</param>
    /// <param name="vocabulary">The lines.</param>
    /// <param name="lowerCase">Whether case is folded and accents are dropped.</param>
    /// <exception cref="BadInputException">It lacks one of the tokens that WordPiece needs.</exception>
    public static TextTokenizer OfWords(string origin, string vocabulary, bool lowerCase)
    {
        var ids = new JsonObject();
        var lines = vocabulary.Split('\n');
        for (var id = 0; id < lines.Length; id++)
        {
            if (lines[id].TrimEnd('\r') is { Length: > 0 } word)
            {
                ids[word] = id;
            }
        }

        foreach (var needed in (string[])["[UNK]", "[CLS]", "[SEP]"])
        {
            if (ids[needed] is null)
            {
                throw new BadInputException(origin, $"the vocabulary has no {needed}: it isn't one of BERT's", remedy: "Export the model with its tokenizer.json.");
            }
        }

        return Parse(origin, new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = new JsonObject
            {
                ["type"] = "BertNormalizer",
                ["clean_text"] = true,
                ["handle_chinese_chars"] = true,
                ["strip_accents"] = null,
                ["lowercase"] = lowerCase,
            },
            ["pre_tokenizer"] = new JsonObject { ["type"] = "BertPreTokenizer" },
            ["post_processor"] = new JsonObject
            {
                ["type"] = "BertProcessing",
                ["sep"] = new JsonArray("[SEP]", ids["[SEP]"]!.DeepClone()),
                ["cls"] = new JsonArray("[CLS]", ids["[CLS]"]!.DeepClone()),
            },
            ["decoder"] = null,
            ["model"] = new JsonObject
            {
                ["type"] = "WordPiece",
                ["unk_token"] = "[UNK]",
                ["continuing_subword_prefix"] = "##",
                ["max_input_chars_per_word"] = 100,
                ["vocab"] = ids,
            },
        });
    }

    /// <summary>Cuts a text into windows of token ids, each with the special tokens around it.</summary>
    /// <param name="text">Any text; an empty one has a window of special tokens alone.</param>
    /// <param name="options">How long, how many.</param>
    /// <param name="cut">Whether the text goes on beyond the last window.</param>
    public IReadOnlyList<int[]> Windows(string text, WindowOptions options, out bool cut)
    {
        var room = options.MaxTokens - SpecialCount;
        var step = room - Math.Min(options.Overlap, room - 1);
        var most = (long)CharactersPerToken * (room + ((long)(options.MostWindows - 1) * step));
        var longer = text.Length > most;
        var ids = Array.ConvertAll(_body.Encode(Valid(longer ? text[..(int)most] : text)), id => (int)id);
        List<int[]> windows = [];
        for (var at = 0; windows.Count == 0 || at + room - step < ids.Length; at += step)
        {
            if (windows.Count == options.MostWindows)
            {
                cut = true;
                return windows;
            }

            windows.Add([.. _before, .. ids.AsSpan(at, Math.Min(room, ids.Length - at)), .. _after]);
        }

        cut = longer;
        return windows;
    }

    /// <inheritdoc/>
    public void Dispose() => _body.Dispose();

    private static TextTokenizer Parse(string origin, JsonObject file)
    {
        file["truncation"] = null;
        file["padding"] = null;
        var vocabulary = HighestId(file) + 1;
        try
        {
            using var whole = Load(file);
            file["post_processor"] = null;
            var body = Load(file);
            return new TextTokenizer(origin, body, whole, vocabulary);
        }
        catch (TokenizerException error)
        {
            throw new BadInputException(origin, $"isn't a tokenizer that can be used: {error.Message.TrimEnd('.')}", remedy: "Export the model with its tokenizer.json again.", inner: error);
        }
    }

    // The package reads files only.
    private static Tokenizer Load(JsonObject file)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, file.ToJsonString());
            return new Tokenizer(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // A vocabulary is an object of ids (WordPiece, BPE, WordLevel) or a list of pieces with scores (Unigram), with further tokens beside it.
    private static int HighestId(JsonObject file)
    {
        var highest = file["model"]?["vocab"] switch
        {
            JsonObject ids => ids.Max(pair => IdOf(pair.Value)),
            JsonArray pieces => pieces.Count - 1,
            _ => -1,
        };
        return Math.Max(highest, (file["added_tokens"] as JsonArray)?.Max(token => (int?)IdOf(token?["id"])) ?? -1);
    }

    private static int IdOf(JsonNode? id) => id is JsonValue value && value.TryGetValue(out int number) ? number : -1;

    private static (int[] Before, int[] After) SpecialTokens(string origin, uint[] whole, uint[] body)
    {
        var at = whole.AsSpan().IndexOf(body);
        return body.Length > 0 && at >= 0
            ? (Array.ConvertAll(whole[..at], id => (int)id), Array.ConvertAll(whole[(at + body.Length)..], id => (int)id))
            : throw new BadInputException(origin, "its special tokens can't be told from the text's: 'a' has no token of its own");
    }

    // Half of a surrogate pair has no UTF-8.
    private static string Valid(string text)
    {
        var bad = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        return bad < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>How texts are cut into windows that a model can take.</summary>
public sealed record WindowOptions
{
    /// <summary>Tokens of a window, the special ones included; 8 to 8,192, at most what the model takes. Default 256.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Tokens that a window shares with the one before it, at least 0 and below half a window. Default 0.</summary>
    public int Overlap { get; init; }

    /// <summary>Windows that are looked at, 1 to 1,000; what lies behind them is left out, and counted. Default 8.</summary>
    public int MostWindows { get; init; } = 8;

    /// <summary>Checks the ranges.</summary>
    public void Check(OptionChecks checks) => checks
        .Between("tokens of a window", MaxTokens, 8, 8_192)
        .Require(Overlap >= 0 && Overlap < MaxTokens / 2, "overlap", Overlap, "at least 0 and below half a window")
        .Between("windows of a text", MostWindows, 1, 1_000);
}

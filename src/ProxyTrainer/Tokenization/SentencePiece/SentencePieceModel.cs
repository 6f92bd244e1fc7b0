using System.Text.Json.Nodes;

namespace Tda.ProxyTrainer.Tokenization.SentencePiece;

/// <summary>
/// SentencePiece's own <c>tokenizer.model</c>, a protobuf message (sentencepiece_model.proto), where it is a BPE with byte fallback and an
/// identity normaliser. It is read as what <c>tokenizer.json</c> says of the same vocabulary: SentencePiece merges the pair whose
/// piece has the highest score, so each way to make a piece of two is a merge, and pieces rank by their scores.
/// </summary>
/// <remarks>
/// That is the same encoding as long as no two pieces share a score: within a piece the order of merges is then the piece's alone,
/// so that only one of its ways is ever taken. What would encode otherwise is refused by name.
/// </remarks>
internal static class SentencePieceModel
{
    public const string Extension = ".model";

    private const string Hint = "Convert it to tokenizer.json with the tools it came with.";

    private enum PieceType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <exception cref="BadInputException">Damaged, or not one that can be read exactly.</exception>
    public static SentencePieceBpe Read(string path)
    {
        try
        {
            return Read(path, new ProtobufMessage(File.ReadAllBytes(path)));
        }
        catch (IOException error)
        {
            throw new BadInputException(path, error.Message, inner: error);
        }
        catch (FormatException error)
        {
            throw new BadInputException(path, $"not a SentencePiece model: {error.Message}", inner: error);
        }
    }

    private static SentencePieceBpe Read(string path, ProtobufMessage model)
    {
        // 1. How text is treated.
        var (trainer, normalizer) = (model.Message(2), model.Message(3));
        Require(trainer.Number(3, 1) == 2, "its model type isn't BPE");
        Require(trainer.Number(35, 0) == 1, "it has no byte fallback");
        Require(trainer.Number(24, 0) == 0, "it writes white space as a suffix");
        Require(normalizer.Bytes(2).Length == 0, $"its normalizer \"{Encoding.UTF8.GetString(normalizer.Bytes(1))}\" changes characters");
        Require(normalizer.Number(4, 1) == 0, "it removes white space (remove_extra_whitespaces)");
        Require(normalizer.Number(5, 1) == 1, "it doesn't escape white space");
        var prefix = normalizer.Number(3, 1) == 1;

        RequireNothingAdded(path);

        // 2. The pieces: id is their place.
        List<(string Text, float Score, PieceType Type)> pieces =
        [
            .. model.Messages(1).Select(piece => (Encoding.UTF8.GetString(piece.Bytes(1)), piece.Float(2), (PieceType)piece.Number(3, (int)PieceType.Normal))),
        ];
        foreach (var (text, _, type) in pieces)
        {
            Require(type is not (PieceType.UserDefined or PieceType.Unused), $"its piece \"{text}\" is {(type == PieceType.Unused ? "unused" : "user-defined")}");
        }

        var normal = pieces.Select((piece, id) => (piece, id)).Where(place => place.piece.Type == PieceType.Normal).ToDictionary(place => place.piece.Text, place => place.id, StringComparer.Ordinal);
        for (var b = 0; b < 256; b++)
        {
            Require(pieces.Exists(piece => piece.Type == PieceType.Byte && piece.Text == SentencePieceBpe.ByteToken((byte)b)), $"byte {b} has no piece");
        }

        // 3. Every way to make a piece of two, by the piece's score.
        var scores = new Dictionary<float, string>();
        var merges = new List<(float Score, BpeMerge Merge)>();
        foreach (var (text, id) in normal)
        {
            foreach (var rune in text.EnumerateRunes())
            {
                Require(normal.ContainsKey(rune.ToString()), $"\"{rune}\" of its piece \"{text}\" is no piece of its own");
            }

            var ways = Ways(text, normal).ToList();
            if (ways.Count > 0)
            {
                Require(scores.TryAdd(pieces[id].Score, text), $"its pieces \"{scores.GetValueOrDefault(pieces[id].Score)}\" and \"{text}\" have the same score");
                merges.AddRange(ways.Select(way => (pieces[id].Score, new BpeMerge(way.Left, way.Right, id))));
            }
        }

        // 4. As a tokenizer.json would have it.
        var special = Special(path, trainer, pieces);
        return new SentencePieceBpe(
            new BpeVocabulary(
                pieces.Select(piece => piece.Text),
                pieces.Select(piece => piece.Type is PieceType.Normal or PieceType.Byte ? SentencePieceBpe.BytesOf(piece.Text) : null),
                merges.OrderByDescending(merge => merge.Score).ThenBy(merge => merge.Merge.Left).ThenBy(merge => merge.Merge.Right).Select(merge => merge.Merge),
                special.Bos, special.Eos, special.Pad),
            prefix ? SentencePieceRules.Original : WithoutPrefix());

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new BadInputException(path, $"{otherwise}, which is not supported", remedy: Hint);
            }
        }
    }

    // Tokens that are added to the pieces stand in other files, each in its own way.
    private static void RequireNothingAdded(string path)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "added_tokens.json");
        if (File.Exists(beside))
        {
            throw new BadInputException(beside, $"tokens added to {Path.GetFileName(path)} are not supported", remedy: Hint);
        }
    }

    private static IEnumerable<(int Left, int Right)> Ways(string text, Dictionary<string, int> normal)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (normal.TryGetValue(text[..at], out var left) && normal.TryGetValue(text[at..], out var right))
            {
                yield return (left, right);
            }
        }
    }

    private static (int Bos, int Eos, int Pad) Special(string path, ProtobufMessage trainer, List<(string Text, float Score, PieceType Type)> pieces)
    {
        var named = TokenizerConfigFile.SpecialTokens(path);
        var eos = Named(named.Eos) ?? Id(trainer.Number(42, 2)) ?? throw new BadInputException(path, "it has no end-of-text piece", remedy: Hint);
        return (Named(named.Bos) ?? Id(trainer.Number(41, 1)) ?? eos, eos, Named(named.Pad) ?? Id(trainer.Number(43, -1)) ?? eos);

        // What the configuration beside it says comes first, as with a tokenizer.json.
        int? Named(string? name) => pieces.FindIndex(piece => piece.Text == name && piece.Type is (PieceType.Control or PieceType.Unknown)) is var id and >= 0 ? id : null;

        int? Id(long id) => id >= 0 && id < pieces.Count && pieces[(int)id].Type == PieceType.Control ? (int)id : null;
    }

    private static SentencePieceRules WithoutPrefix()
    {
        var parts = SentencePieceRules.Original.Parts;
        var normalizer = parts.Normalizer!["normalizers"]![1]!.DeepClone();
        var decoder = (JsonObject)parts.Decoder!.DeepClone();
        decoder["decoders"]!.AsArray().RemoveAt(3);
        return new() { Prefix = SpacePrefix.Never, Parts = parts with { Normalizer = normalizer, Decoder = decoder } };
    }
}

namespace Tda.Lab.Generation;

/// <summary>Prompts as the model was trained to see them: BOS, then the text's tokens.</summary>
public static class PromptEncoder
{
    /// <summary>BOS and the tokens of <paramref name="prompt"/>.</summary>
    /// <exception cref="ContextLengthException">There is no room for one more token.</exception>
    public static int[] Encode(ITextModel model, string prompt)
    {
        int[] tokens = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(prompt)];
        return tokens.Length < model.ContextLength ? tokens : throw new ContextLengthException(tokens.Length, model.ContextLength);
    }
}

namespace Tda.Lab.Protocol;

/// <summary>Which of the two endpoints a call came in by.</summary>
public enum CallKind
{
    /// <summary>POST /v1/completions</summary>
    Completion,

    /// <summary>POST /v1/chat/completions</summary>
    Chat,
}
